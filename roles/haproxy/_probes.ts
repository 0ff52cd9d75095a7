import { toldWithLog } from '../_told-with-log';
import type { NodeContext, Probe } from '../role';
import { HAPROXY_SOCKET, haproxyFrontends } from './_conf';
import { checkOf } from './_settings';

/** Of every frontend at least one server answers its checks. */
export function serversAnswer(context: NodeContext, unit: string): Probe {
  const code = `
import csv
try:
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(argv[0])
        control.sendall(b'show stat\\n')
        table = control.makefile().read()
except OSError as error:
    fail(f'it does not tell of its servers: {error}')
rows = list(csv.DictReader(table.lstrip('# ').splitlines()))
for frontend in argv[1:]:
    servers = [row for row in rows if row['pxname'] == frontend and row['svname'] not in ('FRONTEND', 'BACKEND')]
    if not servers:
        fail(f'it does not know the frontend {frontend}')
    if not any(row['status'].startswith('UP') and row['check_status'].endswith('OK') for row in servers):
        states = ', '.join(f"{row['svname']} {row['status']} {row['check_status']}" for row in servers)
        fail(f'no server of {frontend} answers: {states}')
`;
  const names = haproxyFrontends(context).map(({ name }) => name);
  return toldWithLog('servers answer', code, [HAPROXY_SOCKET, ...names], unit);
}

/** A request of this node's own gets through every frontend to a server and back. */
export function passesOn(context: NodeContext, unit: string): Probe {
  const code = `
address = argv[0]
for port, path in zip(argv[1::2], argv[2::2]):
    if path != 'tcp':
        status = status_of(address, int(port), path)
        if status >= 500:
            fail(f'{address}:{port}{path} is answered with the status {status}')
        continue
    try:
        socket.create_connection((address, int(port)), 10).close()
    except OSError as error:
        fail(f'{address}:{port} takes no connection: {error}')
`;
  const ways = haproxyFrontends(context).flatMap((frontend) => [
    String(frontend.port),
    frontend.mode === 'http' && checkOf(frontend) !== 'tcp' ? checkOf(frontend) : 'tcp',
  ]);
  return toldWithLog('hands requests on', code, [context.node.address, ...ways], unit);
}
