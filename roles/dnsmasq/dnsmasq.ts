import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import { packages } from '../../operations/packages';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { hardenedUnit } from '../_hardened-unit';
import { unitActive } from '../_probes';
import { toldWithLog } from '../_told-with-log';
import type { NodeContext, Probe, Role } from '../role';
import {
  DNSMASQ_CONF,
  DNSMASQ_DIR,
  DNSMASQ_HOSTS,
  DNSMASQ_PORT,
  DNSMASQ_SETTINGS,
  DNSMASQ_USER,
  dnsmasqConf,
  dnsmasqHosts,
} from './_conf';

const NAME = 'dnsmasq';
const UNIT = `${NAME}.service`;

/**
 * Answers for the names of all nodes, and passes other questions on. It is open to the cluster's nodes, which ask it before
 * the cloud's resolvers (role `node`); each knows the names from its own /etc/hosts too, so that none depends on it.
 */
export const dnsmasq: Role = {
  name: NAME,
  summary: "DNS for the cluster's own names, where the cloud has none",
  minMemoryMiB: 64,
  settings: DNSMASQ_SETTINGS,
  namesOthers: true,
  exposes: [
    { name: 'dns', port: DNSMASQ_PORT, protocol: 'udp', from: ['node'] },
    { name: 'dns over tcp', port: DNSMASQ_PORT, from: ['node'] },
  ],
  install: () => [
    // Debian's other half of it has a unit that listens on all addresses as soon as it is installed.
    packages({ apt: ['dnsmasq-base'], dnf: [NAME] }),
    user({ name: DNSMASQ_USER, home: '/nonexistent' }),
    directory({ path: DNSMASQ_DIR }),
  ],
  configure: (context) => [
    file({ path: DNSMASQ_CONF, content: dnsmasqConf(context) }),
    file({ path: DNSMASQ_HOSTS, content: dnsmasqHosts(context) }),
  ],
  start: (context) => [
    unit({
      name: UNIT,
      content: unitText(context),
      reads: [{ path: DNSMASQ_CONF, content: dnsmasqConf(context) }],
      reloads: [{ path: DNSMASQ_HOSTS, content: dnsmasqHosts(context) }],
    }),
  ],
  health: (context) => [unitActive(UNIT), answers(context)],
};

function unitText({ cluster }: NodeContext): string {
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: DNSMASQ_USER,
    exec: `/usr/sbin/dnsmasq --keep-in-foreground --conf-file=${DNSMASQ_CONF}`,
    directory: DNSMASQ_DIR,
    writable: [],
    extra: [
      `ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=${DNSMASQ_CONF}`,
      'ExecReload=/bin/kill -HUP $MAINPID',
      `RuntimeDirectory=${DNSMASQ_USER}`,
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
      'RestrictAddressFamilies=AF_NETLINK',
    ],
  });
}

/** Asked for the last node of the plan, which it has to have been told of, by both of its names. */
function answers({ node, nodes }: NodeContext): Probe {
  const code = `
import os, struct
server, port, wanted = argv[0], int(argv[1]), argv[2]
for name in argv[3:]:
    key = os.urandom(2)
    labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.'))
    question = key + struct.pack('!HHHHH', 0x0100, 1, 0, 0, 0) + labels + b'\\0' + struct.pack('!HH', 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(5)
        channel.connect((server, port))
        try:
            channel.send(question)
            answer = channel.recv(4096)
        except OSError as error:
            fail(f'{server}:{port} does not answer: {error}')
    code, count = struct.unpack('!HxxH', answer[2:8])
    if answer[:2] != key or code & 15 or not count:
        fail(f'it knows no {name}')
    found = socket.inet_ntoa(answer[len(question) + 12:len(question) + 16])
    if found != wanted:
        fail(f'it says that {name} is {found}, not {wanted}')
`;
  const last = nodes.at(-1)!;
  const args = [node.address, String(DNSMASQ_PORT), last.address, last.hostname, last.name];
  return toldWithLog('answers', code, args, UNIT);
}
