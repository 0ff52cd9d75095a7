import { sh } from '../operations/shell';
import { python } from './_python';
import type { Probe } from './role';

/**
 * A question in Python to a service that writes plain lines to its journal; see `python` for what it has, and besides
 * `status_of('10.0.0.5', 80, '/path')`, the status of an HTTP answer; redirections are not followed. Of a service on a Unix
 * socket its path stands in place of the address.
 * @param unit whose last lines are told when it fails
 * @param lines of the journal at most. @default 8
 */
export function toldWithLog(
  name: string,
  code: string,
  args: readonly string[],
  unit: string,
  { lines = 8 }: { readonly lines?: number } = {},
): Probe {
  const script = sh`
    ${python(STATUS_OF + code, args)} && exit 0
    journalctl --no-pager -q -o cat -n ${lines} -u ${unit} | cut -c1-300
    exit 1
  `;
  return { name, script: script.text };
}

const STATUS_OF = `
import http.client

def status_of(host, port, path):
    connection = http.client.HTTPConnection('localhost' if host.startswith('/') else host, port, timeout=10)
    try:
        if host.startswith('/'):
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(10)
            connection.sock.connect(host)
        connection.request('GET', path, headers={'Connection': 'close'})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        fail(f'{host}:{port} does not answer: {error}')
    finally:
        connection.close()
`;
