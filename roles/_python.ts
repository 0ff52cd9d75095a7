import { type Shell, sh } from '../operations/shell';

/**
 * A program in Python, which every image has. It has `get(url)`, `get_json(url)`, `is_connected_to('10.0.0.11:7077')` and
 * `fail(text)`; its arguments are in `argv`.
 */
export function python(code: string, args: readonly string[]): Shell {
  return sh`python3 -I -c ${PRELUDE + code} ${args}`;
}

const PRELUDE = `
import json, re, socket, sys, time, urllib.error, urllib.request
argv = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def fail(text):
    print(text)
    sys.exit(1)

def get(url):
    try:
        with opener.open(url, timeout=10) as answer:
            return answer.read().decode()
    except Exception as error:
        fail(f'{url} does not answer: {getattr(error, "reason", error)}')

def get_json(url):
    try:
        return json.loads(get(url))
    except ValueError:
        fail(f'{url} answers with something else than JSON')

def is_connected_to(address):
    host, port = address.rsplit(':', 1)
    number = socket.inet_aton(host)[::-1].hex().upper() + ':' + format(int(port), '04X')
    established = []
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        with open(table) as lines:
            established += [line.split()[2] for line in lines if line.split()[3] == '01']
    return any(remote.endswith(number) for remote in established)

def check_version(page, wanted):
    found = re.search(r'class="version[^"]*"[^>]*>([^<]*)<', page)
    running = found.group(1).strip() if found else 'an unknown version'
    if running != wanted:
        fail(f'it runs Spark {running}, not {wanted}')
`;
