import { pythonProbe } from '../_probes';
import type { NodeContext, Probe } from '../role';
import { SPARK_PORTS } from '../spark/ports';
import { JUPYTER_CONF } from './_conf';
import { JUPYTER_ENV } from './_kernel';

/**
 * Asked as a browser asks it: with the token a notebook starts, knows Spark and ends again; without it nothing does. A
 * notebook that does not start looks well from everywhere else.
 */
export function notebooksRun({ node, settings, nodesWith }: NodeContext, port: number, unit: string): Probe {
  const masters = nodesWith('spark-master').map(({ address }) => `${address}:${SPARK_PORTS.master}`);
  const args = [`${node.address}:${port}`, JUPYTER_CONF, JUPYTER_ENV, settings.spark.version, ...masters];
  return pythonProbe('notebooks run', KERNEL + CHECK, args, unit);
}

const KERNEL = `
import glob, uuid
where, conf, environment, version, masters = argv[0], argv[1], argv[2], argv[3], argv[4:]
sys.path += glob.glob(environment + '/lib/python3*/site-packages')
with open(conf) as lines:
    token = 'token ' + json.load(lines)['IdentityProvider']['token']

def call(method, path, token):
    headers = {'Authorization': token, 'Content-Type': 'application/json'} if token else {}
    data = b'{}' if method == 'POST' else None
    request = urllib.request.Request(f'http://{where}/api/{path}', method=method, headers=headers, data=data)
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b'null')
    except urllib.error.HTTPError as error:
        return error.code, None
    except Exception as error:
        fail(f'{where} does not answer: {getattr(error, "reason", error)}')

def said_by(kernel, code):
    import websocket
    channel = websocket.create_connection(f'ws://{where}/api/kernels/{kernel}/channels', header=['Authorization: ' + token], timeout=30)
    own = uuid.uuid4().hex
    header = {'msg_id': own, 'username': 'firesteel', 'session': own, 'msg_type': 'execute_request', 'version': '5.3'}
    content = {'code': code, 'silent': False, 'store_history': False, 'user_expressions': {}, 'allow_stdin': False}
    channel.send(json.dumps({'header': header, 'parent_header': {}, 'metadata': {}, 'content': content, 'channel': 'shell'}))
    said = ''
    while True:
        message = json.loads(channel.recv())
        if message['parent_header'].get('msg_id') != own:
            continue
        content = message['content']
        said += content.get('text', '') if message['msg_type'] == 'stream' else content.get('evalue', '')
        if message['msg_type'] == 'status' and content['execution_state'] == 'idle':
            return said.strip()
`;

const CHECK = `
status, kernel = call('POST', 'kernels', token)
if status != 201:
    fail(f'it starts no notebook, with HTTP {status}')
try:
    running = said_by(kernel['id'], 'import pyspark; print(pyspark.__version__)')
except Exception as error:
    fail(f'a notebook does not start: {error}')
finally:
    call('DELETE', 'kernels/' + kernel['id'], token)
if running != version:
    fail(f'notebooks have Spark {running[-300:]}, not {version}')
if call('POST', 'kernels', None)[0] not in (401, 403):
    fail('it starts notebooks for everybody, without a token')
for master in masters:
    host, port = master.split(':')
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
        break
    except OSError as error:
        reason = error
else:
    fail(f'no master of the cluster is reached: {reason}')
`;
