import { GALERA_REGIONS_FILE, MARIADB_DATA } from './_paths';

export const GALERA_FORGET = 'galera-forget';

/**
 * Throws away the data of a node, so that its region begins anew with a copy of the primary's; run by an operator, on all
 * nodes of the region. Where the region is the primary itself, there is nothing to begin anew from.
 */
export const GALERA_FORGET_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import json, subprocess, sys

with open('${GALERA_REGIONS_FILE}') as file:
    plan = json.load(file)
if plan['own'] == plan['primary']:
    sys.exit(f'{plan["own"]} is the primary region: its data are what others begin with; promote another one first')
subprocess.run(['systemctl', 'stop', 'mariadb.service'], check=True)
subprocess.run(['find', '${MARIADB_DATA}', '-mindepth', '1', '!', '-name', 'lost+found', '-delete'], check=True)
print('its data are gone: "firesteel configure" begins it anew')
`;
