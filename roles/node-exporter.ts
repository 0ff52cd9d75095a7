import { packages } from '../operations/packages';
import { unit } from '../operations/unit';
import { user } from '../operations/user';
import { hardenedUnit } from './_hardened-unit';
import { unitActive } from './_probes';
import { toldWithLog } from './_told-with-log';
import type { NodeContext, Probe, Role } from './role';

const NAME = 'node-exporter';
/** As Debian's package calls it, whose own unit listens on all addresses: ours stands in its place. */
const UNIT = 'prometheus-node-exporter.service';
const PORT = 9100;

/** Tells how the machine is (CPU, memory, disks, network) to the nodes of a role `prometheus`, which is the user's to bring. */
export const nodeExporter: Role = {
  name: NAME,
  summary: 'figures of the machine for a Prometheus of your own (role `prometheus`)',
  minMemoryMiB: 64,
  exposes: [{ name: 'metrics', port: PORT, from: ['prometheus'] }],
  install: () => [
    packages({ apt: ['prometheus-node-exporter'], dnf: ['node-exporter'] }),
    user({ name: NAME, home: '/nonexistent' }),
  ],
  start: (context) => [unit({ name: UNIT, content: unitText(context) })],
  health: (context) => [unitActive(UNIT), tells(context)],
};

/** The program is called after its package; memory is bounded for a garbage collector that sees the host's. */
function unitText({ cluster, node }: NodeContext): string {
  const options = [
    `--web.listen-address=${node.address}:${PORT}`,
    '--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys)($$|/)',
  ];
  const program = '$$(command -v prometheus-node-exporter || command -v node_exporter)';
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: NAME,
    exec: `/bin/sh -c 'exec "${program}" "$$@"' ${NAME} ${options.join(' ')}`,
    directory: '/',
    writable: [],
    environment: { GOMAXPROCS: '1', GOMEMLIMIT: '48MiB' },
    extra: ['RestrictAddressFamilies=AF_NETLINK'],
  });
}

/** What it tells is of this machine, and of now. */
function tells({ node }: NodeContext): Probe {
  const code = `
url, hostname = argv
metrics = get(url + '/metrics')
name = re.search(r'^node_uname_info\\{.*nodename="([^"]*)"', metrics, re.M)
if not name:
    fail('it does not tell which machine it is on')
if name.group(1) != hostname:
    fail(f'it tells of {name.group(1)}, not of {hostname}')
if not re.search(r'^node_memory_MemTotal_bytes [1-9]', metrics, re.M):
    fail('it does not tell how much memory there is')
`;
  return toldWithLog('tells of this machine', code, [`http://${node.address}:${PORT}`, node.hostname], UNIT);
}
