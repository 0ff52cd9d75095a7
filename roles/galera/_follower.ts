import { GALERA_ASKING } from './_asking';
import {
  GALERA_CERTIFICATE,
  GALERA_DRAINING,
  GALERA_GIVEN_UP,
  GALERA_MEMBERS,
  GALERA_PORTS,
  GALERA_REGION_STATE,
  GALERA_REGIONS_FILE,
  MARIADB_REPLICA_LOGIN,
  MARIADB_SOCKET,
} from './_paths';
import { MARIADB_REGIONS, MARIADB_REPLICA } from './_settings';
import { GALERA_SUCCESSION } from './_succession';

export const GALERA_FOLLOWER = 'galera-follow';

/** Of a standby that is further behind, `status` says so. Seconds. */
export const MOST_BEHIND_SECONDS = 300;

/**
 * Sees to it that one region takes writes and the others replicate from it, one node of each. The server itself starts with
 * writes refused and no replication, and nothing of this is in its configuration, so that a promotion restarts nobody.
 *
 * Where a node goes on when another one has replicated before, it knows itself: all that the group has committed is
 * committed here, with the numbers that it has elsewhere. Should two nodes replicate for a moment, the server
 * refuses numbers that it has (gtid_strict_mode).
 */
export const GALERA_FOLLOWER_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import concurrent.futures, json, os, re, subprocess, time, urllib.error, urllib.request
${GALERA_ASKING}
${GALERA_SUCCESSION}
ROUND = 2
STEADY = 3
SILENT = 15
RETRY = 30
threads = concurrent.futures.ThreadPoolExecutor(32)
LOCAL = ['mariadb', '--no-defaults', '--protocol=socket', '--socket=${MARIADB_SOCKET}', '--user=mysql', '--connect-timeout=2']
REMOTE = ['mariadb', '--defaults-file=${MARIADB_REPLICA_LOGIN}', '--port=${GALERA_PORTS.sql}', '--connect-timeout=3']
QUESTION = """
select 'position', @@global.gtid_binlog_pos, @@global.gtid_slave_pos;
select 'readOnly', @@global.read_only;
show global status where variable_name in ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_local_state');
select 'promotion', term, region, unix_timestamp(at) from ${MARIADB_REGIONS}.promotions order by term desc limit 1;
"""
CLAIM = """
create database if not exists ${MARIADB_REGIONS} character set utf8mb4;
create table if not exists ${MARIADB_REGIONS}.promotions (term int unsigned not null primary key, region varchar(255) not null,
  node varchar(255) not null, at timestamp not null default current_timestamp) engine=InnoDB;
insert into ${MARIADB_REGIONS}.promotions (term, region, node) values ({term}, {region}, {node});
"""


class Failed(Exception):
    pass


def run(command, sql, seconds=10):
    """SQL by standard input, so that no argument list has a password."""
    try:
        said = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f'no answer after {seconds} s')
    if said.returncode != 0 and '--force' not in command:
        raise Failed(said.stderr.strip()[-300:])
    return said.stdout


def literal(text):
    return "'" + str(text).replace('\\\\', '\\\\\\\\').replace("'", "''") + "'"


def position(*texts):
    """{domain: number}, the highest of each. The binary log of a node has what was committed since it is in its group; what
    came from other regions before is in the table of the replication, which it was sent."""
    most = {}
    for domain, last in re.findall(r'(\\d+)-\\d+-(\\d+)', ','.join(texts)):
        most[int(domain)] = max(int(last), most.get(int(domain), 0))
    return most


def server(command, domains):
    """How a server stands; None where it does not answer."""
    try:
        lines = [line.split('\\t') for line in run(command + ['--force', '-NB', '--raw'], QUESTION, 8).splitlines()]
    except Failed:
        return None
    said = {line[0]: line[1:] for line in lines}
    if 'readOnly' not in said:
        return None
    status = lambda name: said.get(name, [''])[0]
    promotion = said.get('promotion')
    return {
        'position': {domain: last for domain, last in position(*said['position']).items() if domain in domains},
        'readOnly': said['readOnly'][0] != '0',
        'ready': status('wsrep_ready') == 'ON' and status('wsrep_cluster_status') == 'Primary'
                 and status('wsrep_local_state') in ('2', '4'),
        'size': int(status('wsrep_cluster_size') or 0),
        'promotion': (int(promotion[0]), promotion[1]) if promotion else None,
        'promoted': int(float(promotion[2])) if promotion else None,
    }


def replication():
    """SHOW SLAVE STATUS; {} where this node replicates from nobody."""
    said = run(LOCAL + ['-E'], 'show slave status')
    return dict(re.findall(r'^\\s*(\\w+): ?(.*)$', said, re.M))


def read(path):
    with open(path) as file:
        return json.load(file)


def recent(path):
    """Whether a file was made a short while ago: one that a promotion left which was cut off says nothing any more."""
    try:
        return time.time() - os.stat(path).st_mtime < 3600
    except FileNotFoundError:
        return False


class Node:
    def __init__(self):
        self.since = time.monotonic()
        self.heard, self.steady, self.claimed = {}, {}, False
        self.silent, self.repaired = None, 0
        self.source, self.lead = None, {}

    def round(self):
        members, plan = read('${GALERA_MEMBERS}'), read('${GALERA_REGIONS_FILE}')
        domains = {region['domain'] for region in plan['regions']}
        me = server(LOCAL, domains)
        if me is None or not me['ready']:
            self.since, self.steady = time.monotonic(), {}
            tell({'phase': 'not ready', 'follows': False, 'problem': 'the server of this node is not ready'})
            return
        slave = replication()
        if slave.get('Slave_IO_Running') == 'No' and slave.get('Slave_SQL_Running') == 'No':
            # Of before the server was started: another node may replicate by now.
            self.stop()
            slave = {}
        me['received'] = {domain: last for domain, last in position(slave.get('Gtid_IO_Pos', '')).items() if domain in domains}
        me['applies'] = slave.get('Slave_SQL_Running') == 'Yes'
        self.listen(plan, domains)
        group, whole = self.group(members, me, slave)
        name = members['self']['name']
        actor = acting(group, whole)
        chosen = self.held('chosen', actor == name)
        alone = not self.claimed and not any(member['writes'] for member in group)
        given_up = recent('${GALERA_GIVEN_UP}')
        plan['others'] = [region['name'] for region in plan['regions'] if region['name'] != plan['own']]
        does = decide(me, plan, self.heard, chosen, alone, time.monotonic() - self.since, given_up)
        if does['phase'] == 'diverged' and not self.held('diverged', True):
            return
        if does['phase'] != 'diverged':
            self.held('diverged', False)
        if given_up and does['phase'] == 'takes over' and slave.get('Slave_IO_Running') in ('Yes', 'Connecting'):
            run(LOCAL, 'stop slave io_thread')
            does['claim'] = False
        self.write(me, slave, does['write'])
        if does['claim']:
            print(f'writes down that {plan["own"]} takes writes', flush=True)
            values = {'term': int(does['claim']), 'region': literal(plan['own']), 'node': literal(name)}
            run(LOCAL, CLAIM.format(**values), 60)
            self.claimed = True
        if does['phase'] == 'primary' and given_up:
            os.remove('${GALERA_GIVEN_UP}')
        if does['follow'] and actor == name and (chosen or slave):
            does['problem'] = self.follow(slave, plan, does['follow'], domains) or does['problem']
        elif slave and not (given_up and does['phase'] == 'takes over'):
            self.stop()
        elif does['follow'] and actor is None:
            does['problem'] = does['problem'] or 'no node of the group can replicate: not all of its members are heard'
        self.report(me, slave, plan, does, group, name)

    def listen(self, plan, domains):
        """Asks all servers of the other regions, after this one was asked: who replicates is never ahead of its source."""
        others = [(region['name'], one) for region in plan['regions'] if region['name'] != plan['own']
                  for one in region['servers']]
        answers = list(threads.map(lambda other: server(REMOTE + ['--host=' + other[1]['address']], domains), others))
        self.heard = {}
        for (region, one), answer in zip(others, answers):
            if answer:
                self.heard.setdefault(region, []).append({**answer, 'address': one['address']})

    def group(self, members, me, slave):
        """The members in the plan's order, and whether all that the group counts are among them."""
        others = [one for one in members['servers'] if one['name'] != members['self']['name']]
        answers = {one['name']: answer for one, answer in zip(others, threads.map(ask, others)) if answer}
        draining = os.path.exists('${GALERA_DRAINING}')
        states = []
        for one in members['servers']:
            if one['name'] == members['self']['name']:
                states.append({'name': one['name'], 'ready': not draining, 'follows': bool(slave), 'writes': not me['readOnly']})
            elif answers.get(one['name'], {}).get('status') == 'Primary':
                answer = answers[one['name']]
                states.append({'name': one['name'], 'ready': bool(answer.get('ready')), 'follows': bool(answer.get('follows')),
                               'writes': bool(answer.get('writes'))})
        joining = sum(answer.get('phase') == 'starting' for answer in answers.values())
        return states, len(states) + joining + len(members['arbitrators']) >= me['size']

    def held(self, name, now):
        """Whether something has been so for some rounds."""
        self.steady[name] = self.steady.get(name, 0) + 1 if now else 0
        return self.steady[name] >= STEADY

    def write(self, me, slave, may):
        if may and me['readOnly']:
            if slave:
                self.stop()
            run(LOCAL, 'set global read_only = off')
            print('takes writes', flush=True)
        if not may and not me['readOnly']:
            run(LOCAL, 'set global read_only = on', 120)
            print('takes no writes', flush=True)

    def stop(self):
        run(LOCAL, 'stop slave; reset slave all; set global gtid_strict_mode = off', 60)
        print('replicates no more', flush=True)
        self.source, self.silent = None, None

    def follow(self, slave, plan, region, domains):
        """Replicates from a server of the region that answers; what keeps it from that."""
        addresses = [one['address'] for one in next(each for each in plan['regions'] if each['name'] == region)['servers']]
        usable = [state['address'] for state in self.heard.get(region, []) if state['ready']]
        now = time.monotonic()
        fetches = slave.get('Slave_IO_Running') == 'Yes'
        self.silent = None if fetches else self.silent or now
        host = slave.get('Master_Host')
        wrong = host not in addresses
        stuck = None
        if not wrong and not fetches and slave.get('Last_IO_Errno') == '1236':
            stuck = f'can not go on from where it is: {slave["Last_IO_Error"][:300]}'
        late = self.silent is not None and now - self.silent > SILENT and now - self.repaired > RETRY
        if wrong or late:
            at = addresses.index(host) + 1 if host in addresses else 0
            others = [address for address in addresses[at:] + addresses[:at] if address in usable]
            if others:
                self.repaired = now
                self.begin(others[0], domains)
                return stuck
            if not wrong:
                return f'replicates from {host}, which does not answer, nor does any other server of {region}'
            return f'no server of {region} answers'
        if slave.get('Slave_SQL_Running') != 'Yes':
            said = slave.get('Last_SQL_Error') or 'it was stopped'
            if now - self.repaired > RETRY:
                self.repaired = now
                run(LOCAL, 'start slave')
            return f'does not apply what it has fetched: {said[:300]}'
        if stuck:
            return stuck
        behind = slave.get('Seconds_Behind_Master', '')
        if behind.isdigit() and int(behind) > ${MOST_BEHIND_SECONDS}:
            return f'is {behind} s behind {region}'
        if not fetches and self.silent and now - self.silent > SILENT:
            return f'does not fetch from {host}: {slave.get("Last_IO_Error", "")[:300]}'
        return None

    def begin(self, address, domains):
        """From where this node is: it has what the whole group has committed."""
        password = re.search(r'^password = (.*)$', open('${MARIADB_REPLICA_LOGIN}').read(), re.M).group(1)
        tell({'phase': 'standby', 'follows': True, 'problem': None})
        run(LOCAL, 'stop slave; reset slave all; set global gtid_strict_mode = off', 60)
        here = position(*run(LOCAL + ['-NB'], 'select @@global.gtid_binlog_pos, @@global.gtid_slave_pos').split('\\t'))
        where = ','.join(f'{domain}-{domain}-{last}' for domain, last in sorted(here.items()) if domain in domains)
        run(LOCAL, f"""
set global gtid_slave_pos = {literal(where)};
set global gtid_strict_mode = on;
change master to master_host={literal(address)}, master_port=${GALERA_PORTS.sql}, master_user='${MARIADB_REPLICA}',
  master_password={literal(password)}, master_use_gtid=slave_pos, master_connect_retry=5, master_heartbeat_period=4,
  master_ssl=1, master_ssl_ca='${GALERA_CERTIFICATE}', master_ssl_verify_server_cert=0;
start slave;
""", 60)
        print(f'replicates from {address}, after {where}', flush=True)
        self.source, self.silent = address, time.monotonic()

    def report(self, me, slave, plan, does, group, name):
        leader = does['follow'] or plan['primary']
        if self.heard.get(leader):
            self.lead = {'region': leader, 'position': furthest(self.heard[leader]), 'heard': int(time.time())}
        following = [member['name'] for member in group if member['follows']]
        tell({
            'region': plan['own'], 'primary': plan['primary'], 'phase': does['phase'], 'writes': does['write'],
            'follows': bool(does['follow']) and (bool(slave) or self.source is not None), 'follower': following[0] if following else None,
            'source': slave.get('Master_Host'), 'behind': slave.get('Seconds_Behind_Master'),
            'position': me['position'], 'received': me['received'], 'promotion': me['promotion'],
            'promoted': me['promoted'], 'lead': self.lead, 'problem': does['problem'],
        })


def tell(state):
    text = json.dumps({'told': int(time.time()), **state})
    with open('${GALERA_REGION_STATE}.new', 'w') as file:
        file.write(text + '\\n')
    os.replace('${GALERA_REGION_STATE}.new', '${GALERA_REGION_STATE}')


def main():
    node = Node()
    said = None
    while True:
        try:
            node.round()
            problem = None
        except (Failed, OSError, ValueError, KeyError) as error:
            problem = f'{type(error).__name__}: {error}'
            tell({'phase': 'not ready', 'follows': False, 'problem': problem})
        if problem != said:
            print(problem or 'goes on', flush=True)
            said = problem
        time.sleep(ROUND)


if __name__ == '__main__':
    main()
`;
