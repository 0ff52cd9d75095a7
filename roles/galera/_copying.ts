import {
  GALERA_CERTIFICATE,
  GALERA_KEY,
  GALERA_MEMBERS,
  GALERA_PORTS,
  MARIADB_CONF,
  MARIADB_DATA,
  MARIADB_SOCKET,
} from './_paths';

/**
 * How a new group of a standby region begins: with a copy of the primary's data, as it was at a known number of its
 * transactions, from where it then replicates. What is sent are frames of a length and as many bytes; after one of length 0
 * comes another in JSON, which tells that number, or why the copy is none.
 */
export const GALERA_COPYING = `
COPY_BYTES = 1 << 20
COPIED = DATA + '/.firesteel-copied'


class NoCopy(Exception):
    pass


def copied(source):
    """Waits for a copy of the data of a region, from any of its servers."""
    said = None
    while True:
        for server in source['servers']:
            tell('starting', why=f'is sent the data of {source["name"]} by {server["name"]}')
            try:
                fetch(server)
                return
            except (OSError, ValueError, NoCopy) as error:
                why = f'{server["name"]} of {source["name"]} sends no copy: {error}'
                tell('starting', why=why)
                if why != said:
                    print(why, flush=True)
                    said = why
        time.sleep(3)


def exactly(stream, count):
    parts = []
    while count > 0:
        part = stream.recv(min(count, COPY_BYTES))
        if not part:
            raise NoCopy('the connection broke')
        parts.append(part)
        count -= len(part)
    return b''.join(parts)


def frame(stream):
    length = int.from_bytes(exactly(stream, 4), 'big')
    if length > COPY_BYTES:
        raise NoCopy('what it sends is no copy')
    return exactly(stream, length)


def fetch(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations('${GALERA_CERTIFICATE}')
    context.load_cert_chain('${GALERA_CERTIFICATE}', '${GALERA_KEY}')
    with socket.create_connection((server['address'], ${GALERA_PORTS.copy}), timeout=10) as plain:
        plain.settimeout(120)
        with context.wrap_socket(plain) as stream:
            first = frame(stream)
            if not first:
                raise NoCopy(json.loads(frame(stream))['error'])
            empty()
            open(INSTALLING, 'w').close()
            unpack = subprocess.Popen(['mbstream', '-x', '-C', DATA], stdin=subprocess.PIPE)
            try:
                while first:
                    unpack.stdin.write(first)
                    first = frame(stream)
                unpack.stdin.close()
                end = json.loads(frame(stream))
            except BaseException:
                unpack.kill()
                unpack.wait()
                raise
    if unpack.wait() != 0 or 'error' in end:
        raise NoCopy(end.get('error', 'it could not be unpacked'))
    subprocess.run(['mariabackup', '--prepare', '--use-memory=64M', '--target-dir=' + DATA], check=True, stderr=subprocess.DEVNULL)
    for name in os.listdir(DATA):
        if name.startswith(('xtrabackup_', 'mariadb_backup_')) or name == 'backup-my.cnf':
            os.remove(os.path.join(DATA, name))
    # The binary log begins where that of the source was; the server reads this where it has none.
    with open(DATA + '/binlog.state', 'w') as file:
        file.write(''.join(number + '\\n' for number in end['position'].split(',') if number))
    open(COPIED, 'w').close()
    os.remove(INSTALLING)
    print(f'has a copy by {server["name"]}, which ends with {end["position"]}', flush=True)

`;

export const GALERA_COPIER = 'galera-copy';

/** Sends a copy of the data to who shows the cluster's certificate, one after the other. */
export const GALERA_COPIER_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import json, os, re, socketserver, ssl, subprocess, sys, tempfile

ASK = ['mariadb', '--no-defaults', '--protocol=socket', '--socket=${MARIADB_SOCKET}', '--user=mysql', '-NBe']
COPY_BYTES = 1 << 20


def ask(sql):
    said = subprocess.run(ASK + [sql], capture_output=True, text=True, timeout=60)
    if said.returncode != 0:
        raise OSError(said.stderr.strip())
    return said.stdout.strip()


def why_not():
    try:
        state = ask("select variable_value, @@read_only from information_schema.global_status where variable_name = 'wsrep_ready'")
    except (OSError, subprocess.TimeoutExpired) as error:
        return f'its server does not answer: {error}'
    return None if state.split() == ['ON', '0'] else 'it takes no writes yet'


class Copy(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(20)
        try:
            with context.wrap_socket(self.request, server_side=True) as stream:
                stream.settimeout(120)
                problem = why_not()
                end = {'error': problem} if problem else self.send(stream)
                stream.sendall(b'\\0\\0\\0\\0')
                text = json.dumps(end).encode()
                stream.sendall(len(text).to_bytes(4, 'big') + text)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f'no copy for {self.client_address[0]}: {error}', flush=True)

    def send(self, stream):
        print(f'sends a copy to {self.client_address[0]}', flush=True)
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile('w+') as words:
            command = ['mariabackup', '--defaults-file=${MARIADB_CONF}', '--backup', '--stream=xbstream', '--user=mysql',
                       '--socket=${MARIADB_SOCKET}', '--datadir=${MARIADB_DATA}', '--target-dir=' + folder]
            backup = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words)
            try:
                while part := backup.stdout.read(COPY_BYTES):
                    stream.sendall(len(part).to_bytes(4, 'big') + part)
            except BaseException:
                backup.kill()
                raise
            finally:
                backup.wait()
            words.seek(0)
            said = words.read()
        where = re.search(r"binlog position: filename '([^']+)', position '(\\d+)'", said)
        if backup.returncode != 0 or not where:
            return {'error': ' | '.join(said.strip().splitlines()[-3:])}
        # Of all domains, which is more than the tool itself tells.
        return {'position': ask(f"select binlog_gtid_pos('{os.path.basename(where.group(1))}', {where.group(2)})")}


class Server(socketserver.TCPServer):
    allow_reuse_address = True

    def handle_error(self, *_about):
        print(f'{sys.exc_info()[1]}', flush=True)


if __name__ == '__main__':
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations('${GALERA_CERTIFICATE}')
    context.load_cert_chain('${GALERA_CERTIFICATE}', '${GALERA_KEY}')
    with open('${GALERA_MEMBERS}') as file:
        address = json.load(file)['self']['address']
    Server((address, ${GALERA_PORTS.copy}), Copy).serve_forever()
`;
