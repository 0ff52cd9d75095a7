import { GALERA_PORTS, MARIADB_CONF, MARIADB_REPLICA_LOGIN, MARIADB_RUN } from './_paths';

/**
 * How a new group of a standby region begins: with what the primary has committed up to a known number, from where it then
 * replicates. It is read by SQL. The files themselves would not do: they hold the number of the last transaction that the
 * primary's group wrote, and the new one would go on from there with its own.
 */
export const GALERA_COPYING = `
COPIED = DATA + '/.firesteel-copied'
COPY_SOCKET = '${MARIADB_RUN}/copy.sock'
HERE = ['--no-defaults', '--protocol=socket', '--socket=' + COPY_SOCKET, '--user=mysql']


class NoCopy(Exception):
    pass


def copied(source):
    """Waits for a copy of the data of a region, from any of its servers."""
    said = None
    while True:
        for server in source['servers']:
            tell('starting', why=f'fetches the data of {source["name"]} from {server["name"]}')
            try:
                fetch(server)
                return
            except (OSError, subprocess.SubprocessError, NoCopy) as error:
                why = f'no copy of {source["name"]} is to be had from {server["name"]}: {error}'
                tell('starting', why=why)
                if why != said:
                    print(why, flush=True)
                    said = why
        time.sleep(3)


def fetch(server):
    login = ['--defaults-file=${MARIADB_REPLICA_LOGIN}', '--host=' + server['address'], '--port=${GALERA_PORTS.sql}']
    question = "show global status like 'wsrep_ready'; select 'promotions', count(*) from firesteel.promotions"
    state = subprocess.run(['mariadb'] + login + ['-NB', '--connect-timeout=5'], input=question, capture_output=True, text=True, timeout=20)
    if state.returncode != 0 or 'ON' not in state.stdout:
        raise NoCopy(state.stderr.strip()[-200:] or 'it is not ready')
    open(INSTALLING, 'w').close()
    empty_but(INSTALLING)
    install_tables()
    own = subprocess.Popen([SERVER, '--defaults-file=${MARIADB_CONF}', '--wsrep-on=OFF', '--wsrep-provider=none', '--skip-networking',
                            '--skip-log-bin', '--read-only=OFF', '--socket=' + COPY_SOCKET, '--pid-file=${MARIADB_RUN}/copy.pid'])
    try:
        while subprocess.run(['mariadb'] + HERE + ['-e', 'select 1'], capture_output=True).returncode != 0:
            if own.poll() is not None:
                raise NoCopy('the server that was to take it ended')
            time.sleep(0.2)
        position = poured(login, ['--single-transaction', '--master-data=2', '--gtid', '--all-databases', '--routines', '--events',
                                  '--triggers', '--hex-blob', '--ignore-database=mysql', '--ignore-database=sys'])
        # After the data: who is made meanwhile is here, and made again if he is not there yet.
        poured(login, ['--system=users', '--insert-ignore'])
        # The binary log begins where that of the source was; the server reads it where it has none. What is sent to members
        # of the group is not it, but a table.
        subprocess.run(['mariadb'] + HERE, input=f"set global gtid_slave_pos = '{position}'", text=True, check=True)
        with open(DATA + '/binlog.state', 'w') as file:
            file.write(''.join(number + '\\n' for number in position.split(',') if number))
    finally:
        own.terminate()
        own.wait()
    open(COPIED, 'w').close()
    os.remove(INSTALLING)
    print(f'has a copy of {server["name"]}, up to {position}', flush=True)


def poured(login, what):
    """Sends what is dumped there to the server here; the position that the dump tells, where it tells one."""
    dump = subprocess.Popen(['mariadb-dump'] + login + what, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pour = subprocess.Popen(['mariadb'] + HERE + ['--binary-mode'], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        position = ''
        for line in dump.stdout:
            if line.startswith(b'-- SET GLOBAL gtid_slave_pos='):
                position = re.search(rb"'([0-9,-]*)'", line).group(1).decode()
            pour.stdin.write(line)
        pour.stdin.close()
        problems = [dump.stderr.read(), pour.stderr.read()]
    except BrokenPipeError:
        dump.kill()
        problems = [pour.stderr.read()]
    if any([dump.wait(), pour.wait()]):
        raise NoCopy(b' '.join(problems).decode(errors='replace').strip()[-300:])
    return position

`;
