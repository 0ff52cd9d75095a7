import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { sh } from '../../operations/shell';
import { unit } from '../../operations/unit';
import { type HardenedUnitOptions, hardenedUnit } from '../_hardened-unit';
import { heldBack } from '../_held-back';
import { unitActive } from '../_probes';
import { PROGRAMS, program } from '../_programs';
import type { Drain, NodeContext, Probe, Role } from '../role';
import { GALERA_AGENT, GALERA_AGENT_PROGRAM } from './_agent';
import { mariadbConf } from './_conf';
import { galeraFiles } from './_files';
import { GALERA_FOLLOWER, GALERA_FOLLOWER_PROGRAM } from './_follower';
import { GALERA_FORGET, GALERA_FORGET_PROGRAM } from './_forget';
import { ARBITRATOR, GALERA, GALERA_SECRET, oddGroup } from './_members';
import { appLogin, galeraObjects, MARIADB_APP, mariadb } from './_objects';
import {
  GALERA_DRAINING,
  GALERA_PORTS,
  GALERA_REGIONS_FILE,
  MARIADB_APP_LOGIN,
  MARIADB_CONF,
  MARIADB_DATA,
  MARIADB_REPLICA_LOGIN,
  MARIADB_USER,
} from './_paths';
import { inStep, knowsItsRegion, letsClientsIn, numbersAlike, numbersOfRegionsAlike, saysReady } from './_probes';
import {
  type GaleraRegions,
  galeraNumbering,
  galeraRegions,
  MARIADB_REPLICATION,
  onStandby,
  regionInfos,
  replicaLogin,
  wrongRegions,
} from './_regions';
import { GALERA_SETTINGS } from './_settings';
import { GALERA_STARTER, GALERA_STARTER_PROGRAM } from './_starter';

const UNIT = 'mariadb.service';
const AGENT_UNIT = `${GALERA_AGENT}.service`;

/**
 * MariaDB with Galera: all nodes have all data and take writes, and what one has committed all have. Servers show each other
 * a certificate of the cluster's, over TLS; root comes in on the node alone (`sudo mariadb`). Databases of the plan belong
 * to the user `app`, or to whom they name, who log in with the secret `mariadb.app`.
 *
 * Which node begins the group, at first and after all were down, `GALERA_DECISION` tells. Balancers ask port 9200, not 3306:
 * there 200 means that the server takes queries.
 *
 * Multicast is not used, so 4567 is open by TCP alone.
 *
 * In several regions (\`asynchronous: { regions }\`) each has a group of its own. That of the primary takes writes; the others
 * begin with a copy of it, replicate from it, and can be read. \`firesteel promote\` makes another one the primary.
 */
export const mariadbGalera: Role = {
  name: GALERA,
  summary: 'MariaDB with Galera; every node has all data and takes writes',
  settings: GALERA_SETTINGS,
  minMemoryMiB: 480,
  namesOthers: true,
  exposes: [
    { name: 'sql', port: GALERA_PORTS.sql, from: [GALERA, 'wordpress', 'flask-app', 'haproxy'] },
    { name: 'snapshot', port: GALERA_PORTS.snapshot, from: [GALERA] },
    { name: 'group', port: GALERA_PORTS.group, from: [GALERA, ARBITRATOR] },
    { name: 'increments', port: GALERA_PORTS.increments, from: [GALERA] },
    { name: 'state', port: GALERA_PORTS.state, from: [GALERA, ARBITRATOR, 'wordpress', 'haproxy'] },
  ],
  exposesFor: (settings) =>
    galeraRegions(settings) ? [{ name: 'replication', port: GALERA_PORTS.sql, from: [], across: [GALERA] }] : [],
  fits: (census) => oddGroup(census) ?? wrongRegions(census),
  secrets: [GALERA_SECRET, MARIADB_APP, MARIADB_REPLICATION],
  install: () => [
    heldBack(UNIT),
    packages({
      apt: ['mariadb-server', 'mariadb-backup', 'galera-4', 'socat', 'procps', 'iproute2', 'python3'],
      dnf: ['mariadb-server', 'mariadb-server-galera', 'mariadb-backup', 'socat', 'procps-ng', 'iproute', 'python3'],
    }),
    ...program(GALERA_AGENT, GALERA_AGENT_PROGRAM),
    ...program(GALERA_STARTER, GALERA_STARTER_PROGRAM),
    ...program(GALERA_FOLLOWER, GALERA_FOLLOWER_PROGRAM),
    ...program(GALERA_FORGET, GALERA_FORGET_PROGRAM),
  ],
  configure: (context) => [
    directory({ path: MARIADB_DATA, owner: MARIADB_USER, group: MARIADB_USER, mode: 0o755 }),
    ...galeraFiles(context, MARIADB_USER),
    file({ path: MARIADB_CONF, content: mariadbConf(context) }),
    file({ path: MARIADB_APP_LOGIN, content: appLogin(context) }),
    ...regionFiles(context),
  ],
  start: (context) => [
    agentUnit(context),
    serverUnit(context),
    ...regionUnits(context),
    // What a standby has is what it replicates.
    ...(isFirst(context) && !onStandby(context) ? [galeraObjects(context)] : []),
  ],
  health: (context) => [
    ...[unitActive(UNIT), inStep(context, UNIT), letsClientsIn(context), saysReady(context)],
    ...regionHealth(context),
  ],
  drain: () => untilIdle(),
};

function isFirst({ node, nodesWith }: NodeContext): boolean {
  return nodesWith(GALERA)[0]?.name === node.name;
}

function regionFiles(context: NodeContext): readonly Operation[] {
  const regions = galeraRegions(context.settings);
  if (!regions) return [];
  return [
    file({ path: GALERA_REGIONS_FILE, content: regionsJson(context, regions) }),
    file({ path: MARIADB_REPLICA_LOGIN, content: replicaLogin(context), mode: 0o640, group: MARIADB_USER }),
  ];
}

function regionsJson(context: NodeContext, regions: GaleraRegions): string {
  const said = { own: context.node.region, primary: regions.primary, regions: regionInfos(context, regions) };
  return `${JSON.stringify(said, undefined, 2)}\n`;
}

/** It reads who there is as it goes, so that a promotion restarts nothing. */
function regionUnits(context: NodeContext): readonly Operation[] {
  if (!galeraRegions(context.settings)) return [];
  return [
    ownUnit(context, GALERA_FOLLOWER, GALERA_FOLLOWER_PROGRAM, {
      description: `lets one region of the cluster ${context.cluster} take writes, and the others replicate from it`,
      writable: [MARIADB_DATA],
      after: [UNIT],
      extra: ['RuntimeDirectory=mysqld', 'RuntimeDirectoryMode=0755', 'RuntimeDirectoryPreserve=yes'],
    }),
  ];
}

function regionHealth(context: NodeContext): readonly Probe[] {
  const numbering = galeraNumbering(context);
  if (!numbering) return [];
  const { domain, regions } = numbering;
  return regions ? [numbersOfRegionsAlike(), knowsItsRegion(context, regions)] : [numbersAlike(domain)];
}

function ownUnit(
  context: NodeContext,
  name: string,
  code: string,
  about: Pick<HardenedUnitOptions, 'description' | 'writable' | 'after' | 'extra'>,
): Operation {
  return unit({
    name: `${name}.service`,
    content: hardenedUnit({ ...about, user: MARIADB_USER, exec: `${PROGRAMS}/${name}`, directory: '/' }),
    reads: [{ path: `${PROGRAMS}/${name}`, content: code }],
    restartOn: [context.node.address],
  });
}

function agentUnit(context: NodeContext): Operation {
  return ownUnit(context, GALERA_AGENT, GALERA_AGENT_PROGRAM, {
    description: `tells how MariaDB of the cluster ${context.cluster} stands`,
    writable: [],
  });
}

/** It is given time to write everything down, and what it has started for a new member ends with it. */
function serverUnit(context: NodeContext): Operation {
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `MariaDB of the cluster ${context.cluster}`,
      user: MARIADB_USER,
      exec: `${PROGRAMS}/${GALERA_STARTER}`,
      directory: MARIADB_DATA,
      writable: [MARIADB_DATA],
      after: [AGENT_UNIT],
      extra: [
        'KillMode=mixed',
        'TimeoutStopSec=600',
        'RuntimeDirectory=mysqld',
        'RuntimeDirectoryMode=0755',
        'RuntimeDirectoryPreserve=yes',
      ],
    }),
    reads: [{ path: MARIADB_CONF, content: mariadbConf(context) }],
    restartOn: mounts,
  });
}

/** Balancers are told first; then what runs may finish, for some time. */
function untilIdle(): Drain {
  const busy = 'select count(*) from information_schema.innodb_trx where trx_mysql_thread_id > 0';
  const load = sh`
    left=20
    while [ "$left" -gt 0 ] && [ "$(${mariadb(['-e', busy])} 2>/dev/null || echo 0)" != 0 ]; do
      left=$((left - 1))
      sleep 1
    done
    echo 0
  `;
  return { begin: sh`touch ${GALERA_DRAINING}`.text, load: load.text };
}
