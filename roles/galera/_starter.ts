import { GALERA_ASKING } from './_asking';
import { GALERA_COPYING } from './_copying';
import { GALERA_DECISION } from './_decision';
import {
  GALERA_DRAINING,
  GALERA_FORCE,
  GALERA_MEMBERS,
  GALERA_PORTS,
  GALERA_REGIONS_FILE,
  GALERA_STATE,
  MARIADB_CONF,
  MARIADB_DATA,
} from './_paths';

export const GALERA_STARTER = 'galera-start';

/**
 * Starts the server as a member of its group: it asks all others how they stand, tells them the same of its own data by way
 * of the agent, and begins the group or joins it when that is decided; then the server takes its place.
 */
export const GALERA_STARTER_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import concurrent.futures, json, os, re, socket, subprocess, sys, time, urllib.error, urllib.request
${GALERA_ASKING}
${GALERA_DECISION}
DATA = '${MARIADB_DATA}'
GRASTATE = DATA + '/grastate.dat'
INSTALLING = DATA + '/.firesteel-installing'


def program(*candidates):
    for candidate in candidates:
        if os.path.exists(candidate):
            return candidate
    sys.exit(f'there is none of {", ".join(candidates)}')


SERVER = program('/usr/sbin/mariadbd', '/usr/libexec/mariadbd')
PROVIDER = program('/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera/libgalera_smm.so')


def empty_but(kept):
    subprocess.run(['find', DATA, '-mindepth', '1', '!', '-name', 'lost+found', '!', '-path', kept, '-delete'], check=True)


def install_tables():
    maker = program('/usr/bin/mariadb-install-db')
    options = ['--no-defaults', '--user=mysql', '--datadir=' + DATA, '--skip-test-db', '--auth-root-authentication-method=socket']
    subprocess.run([maker] + options, check=True, stdout=subprocess.DEVNULL)


def install():
    """A blank volume has no system tables; what a killed run left of them is put away."""
    others = [name for name in os.listdir(DATA) if name != 'lost+found' and not name.startswith('debian-')]
    if os.path.exists(INSTALLING):
        empty_but(INSTALLING)
    elif others:
        return
    open(INSTALLING, 'w').close()
    install_tables()
    os.remove(INSTALLING)


def position():
    """How far the data here are. After a crash the storage engine knows it; where not even that does, it is -1, which is
    enough to be sent them by others, and never to begin."""
    try:
        with open(GRASTATE) as file:
            text = file.read()
    except FileNotFoundError:
        return {'uuid': NOBODY, 'seqno': -1, 'safe': False}
    found = dict(re.findall(r'^(\\w+):\\s*(\\S+)', text, re.M))
    uuid, seqno = found.get('uuid', NOBODY), int(found.get('seqno', -1))
    if uuid != NOBODY and seqno < 0:
        command = [SERVER, '--defaults-file=${MARIADB_CONF}', '--wsrep-provider=' + PROVIDER,
                   '--wsrep-cluster-address=gcomm://', '--wsrep-recover']
        said = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        recovered = re.search(r'Recovered position:?\\s*([0-9a-f-]{36}):(-?\\d+)', said.stderr)
        if recovered:
            uuid, seqno = recovered.group(1), int(recovered.group(2))
        else:
            print('the position of the data can\\'t be recovered: ' + ' | '.join(said.stderr.splitlines()[-3:]), flush=True)
    return {'uuid': uuid, 'seqno': seqno, 'safe': found.get('safe_to_bootstrap') == '1'}


def own_databases():
    """Databases that somebody made before there was a group: joining one would be their end."""
    system = {'mysql', 'performance_schema', 'sys', 'test', 'lost+found'}
    return sorted(entry.name for entry in os.scandir(DATA)
                  if entry.is_dir() and entry.name not in system and entry.name[0] not in '.#')


def tell(phase, **more):
    text = json.dumps({'phase': phase, 'pid': os.getpid(), **more})
    with open('${GALERA_STATE}.new', 'w') as file:
        file.write(text + '\\n')
    os.replace('${GALERA_STATE}.new', '${GALERA_STATE}')


def arbitrates(arbitrator):
    try:
        socket.create_connection((arbitrator['address'], ${GALERA_PORTS.group}), timeout=2).close()
        return True
    except OSError:
        return False


def settle(me, members):
    """Waits until it is clear what to do, and says why it waits."""
    others = [server for server in members['servers'] if server['name'] != me['name']]
    order = [server['name'] for server in members['servers']]
    began, said = time.monotonic(), None
    with concurrent.futures.ThreadPoolExecutor(max(1, len(others) + len(members['arbitrators']))) as threads:
        while True:
            tell('waiting', why=said or 'asks the others', **{key: me[key] for key in ('uuid', 'seqno', 'safe')})
            arbitrating = threads.map(arbitrates, members['arbitrators'])
            heard = {server['name']: answer for server, answer in zip(others, threads.map(ask, others)) if answer}
            action, why = decide(me, order, heard, any(list(arbitrating)), time.monotonic() - began,
                                 os.path.exists('${GALERA_FORCE}'))
            if action != 'wait':
                return action
            if why != said:
                print(why, flush=True)
                said = why
            time.sleep(1)


def remove(path):
    if os.path.exists(path):
        os.remove(path)


def refuse_own(me, source):
    while me['databases']:
        why = (f'it has databases of its own ({", ".join(me["databases"])}), which the copy of {source["name"]} would replace; '
               'empty its folder yourself if they are not needed')
        print(why, flush=True)
        tell('waiting', why=why, **{key: me[key] for key in ('uuid', 'seqno', 'safe')})
        time.sleep(60)


def primary_elsewhere():
    """The region whose data a new group begins with; None where it begins with none."""
    try:
        with open('${GALERA_REGIONS_FILE}') as file:
            plan = json.load(file)
    except FileNotFoundError:
        return None
    if plan['own'] == plan['primary']:
        return None
    return next(region for region in plan['regions'] if region['name'] == plan['primary'])

${GALERA_COPYING}
def main():
    with open('${GALERA_MEMBERS}') as file:
        members = json.load(file)
    tell('recovering')
    remove('${GALERA_DRAINING}')
    install()
    me = {'name': members['self']['name'], 'databases': [], **position()}
    if me['uuid'] != NOBODY:
        remove(COPIED)
    elif not os.path.exists(COPIED):
        me['databases'] = own_databases()
    action = settle(me, members)
    source = primary_elsewhere()
    if action == 'bootstrap' and me['uuid'] == NOBODY and source:
        refuse_own(me, source)
        copied(source)
    print(f'{action}s the group at {me["uuid"]}:{me["seqno"]}', flush=True)
    tell('starting')
    arguments = [SERVER, '--defaults-file=${MARIADB_CONF}', '--wsrep-provider=' + PROVIDER]
    if me['uuid'] != NOBODY:
        arguments.append(f'--wsrep-start-position={me["uuid"]}:{me["seqno"]}')
    if action == 'bootstrap':
        allow_bootstrap()
        arguments += ['--wsrep-new-cluster', '--wsrep-cluster-address=gcomm://']
    else:
        addresses = ','.join(f'{server["address"]}:${GALERA_PORTS.group}' for server in members['servers'])
        arguments.append('--wsrep-cluster-address=gcomm://' + addresses)
    os.execv(SERVER, arguments)


def allow_bootstrap():
    """Galera begins a group from data only where they are marked so; that they are the right ones is decided by now."""
    remove('${GALERA_FORCE}')
    if not os.path.exists(GRASTATE):
        return
    with open(GRASTATE) as file:
        text = file.read()
    with open(GRASTATE + '.new', 'w') as file:
        file.write(re.sub(r'^safe_to_bootstrap:.*$', 'safe_to_bootstrap: 1', text, flags=re.M))
        file.flush()
        os.fsync(file.fileno())
    os.replace(GRASTATE + '.new', GRASTATE)


if __name__ == '__main__':
    main()
`;
