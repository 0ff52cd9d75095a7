import {
  GALERA_DRAINING,
  GALERA_MEMBERS,
  GALERA_PORTS,
  GALERA_REGION_STATE,
  GALERA_STATE,
  MARIADB_SOCKET,
} from './_paths';

export const GALERA_AGENT = 'galera-agent';

/**
 * Tells the other members, balancers and web servers how the server on this node stands, in JSON: with status 200 where it
 * takes queries, else 503. A server that is in no quorum, or is being sent the data, accepts connections on its own port
 * all the same; so this is what they have to ask.
 *
 * It is one thread, and remembers an answer for a second: whoever asks, the server is asked once. It runs as the server's
 * own user, whom the server lets in by its socket.
 */
export const GALERA_AGENT_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import http.server, json, os, socketserver, subprocess, time

WANTED = ['wsrep_cluster_status', 'wsrep_cluster_state_uuid', 'wsrep_cluster_size', 'wsrep_local_state',
          'wsrep_local_state_comment', 'wsrep_last_committed', 'wsrep_ready']
QUESTION = ('show global status where variable_name in (' + ', '.join(f"'{name}'" for name in WANTED) + '); '
            "select 'writes', not @@global.read_only; select 'follows', count(*) from information_schema.processlist "
            "where command in ('Slave_IO', 'Slave_SQL')")
ASK = ['mariadb', '--no-defaults', '--protocol=socket', '--socket=${MARIADB_SOCKET}', '--user=mysql',
       '--connect-timeout=2', '-NBe', QUESTION]
JOINED_OR_DONOR = ['2', '4']
remembered = (0, None)


def server():
    """What the server says of itself; None where it does not answer."""
    try:
        said = subprocess.run(ASK, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3)
    except subprocess.TimeoutExpired:
        return None
    if said.returncode != 0:
        return None
    status = dict(line.split('\\t', 1) for line in said.stdout.splitlines())
    takes = status.get('wsrep_ready') == 'ON' and status.get('wsrep_local_state') in JOINED_OR_DONOR
    return {
        'phase': 'running',
        'ready': takes and not os.path.exists('${GALERA_DRAINING}'),
        'status': status.get('wsrep_cluster_status'),
        'state': status.get('wsrep_local_state_comment'),
        'uuid': status.get('wsrep_cluster_state_uuid'),
        'seqno': int(status.get('wsrep_last_committed', -1)),
        'size': int(status.get('wsrep_cluster_size', 0)),
        'writes': status.get('writes') == '1',
        'follows': status.get('follows', '0') != '0' or is_to_follow(),
    }


def is_to_follow():
    """Whether this node is about to replicate from another region, for its group."""
    try:
        with open('${GALERA_REGION_STATE}') as file:
            state = json.load(file)
        return bool(state['follows']) and time.time() - state['told'] < 15
    except (OSError, ValueError, KeyError):
        return False


def starting():
    """How far the program is that starts the server."""
    try:
        with open('${GALERA_STATE}') as file:
            state = json.load(file)
        os.kill(state['pid'], 0)
        return state
    except (OSError, ValueError):
        return {'phase': 'down'}


def state():
    global remembered
    told, answer = remembered
    if answer is None or time.monotonic() - told >= 1:
        answer = server() or starting()
        remembered = (time.monotonic(), answer)
    return answer


class Answer(http.server.BaseHTTPRequestHandler):
    timeout = 3

    def do_GET(self):
        answer = state()
        text = (json.dumps(answer) + '\\n').encode()
        self.send_response(200 if answer.get('ready') else 503)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(text)

    do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *_words):
        pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True


if __name__ == '__main__':
    with open('${GALERA_MEMBERS}') as file:
        address = json.load(file)['self']['address']
    Server((address, ${GALERA_PORTS.state}), Answer).serve_forever()
`;
