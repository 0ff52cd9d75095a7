import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import { packages } from '../../operations/packages';
import { sysctl } from '../../operations/sysctl';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import { unitActive } from '../_probes';
import type { Census, NodeContext, Role } from '../role';
import { HAPROXY_CONF, HAPROXY_PAGE, haproxyConf, haproxyFrontends } from './_conf';
import { passesOn, serversAnswer } from './_probes';
import { HAPROXY_SETTINGS } from './_settings';

const NAME = 'haproxy';
const UNIT = `${NAME}.service`;
const NONLOCAL_BIND = 'net.ipv4.ip_nonlocal_bind';

/**
 * A balancer in front of other nodes of the cluster. It listens on its node's own address, and on the one that its group
 * shares. Other servers and other settings are read without an interruption; `HAPROXY_CHECK` says how soon a dead server
 * gets no more requests.
 */
export const haproxy: Role = {
  name: NAME,
  summary: 'balancer; hands connections on to the nodes of a role or a tag',
  minMemoryMiB: 128,
  settings: HAPROXY_SETTINGS,
  namesOthers: true,
  exposes: [],
  exposesFor: (settings) => haproxyFrontends({ settings }).map(({ name, port, from }) => ({ name, port, from })),
  pages: [{ name: NAME, port: HAPROXY_PAGE }],
  // It needs none, but is well only when some server answers.
  after: ['nginx'],
  fits: missing,
  install: () => [
    packages({ apt: [NAME], dnf: [NAME] }),
    // Its part of an address that moves between nodes is bound before the node has it.
    sysctl({ key: NONLOCAL_BIND, value: 1 }),
  ],
  configure: (context) => [
    directory({ path: '/etc/haproxy' }),
    file({ path: HAPROXY_CONF, content: haproxyConf(context) }),
  ],
  start: (context) => [
    unit({
      name: UNIT,
      content: unitText(context),
      reloads: [{ path: HAPROXY_CONF, content: haproxyConf(context) }],
    }),
  ],
  health: (context) => [unitActive(UNIT), serversAnswer(context, UNIT), passesOn(context, UNIT)],
};

function missing({ settings, count }: Census): string | undefined {
  const frontends = haproxyFrontends({ settings });
  if (frontends.length === 0) return 'has no frontends: say under settings.haproxy.frontends what it is to hand on';
  const nobody = frontends.find(({ backend }) => backend.role !== undefined && count(backend.role) === 0);
  return nobody && `the frontend ${nobody.name} has no servers: no group has the role ${nobody.backend.role}`;
}

/**
 * The one capability is for ports below 1024. What it is told to read again is checked first, and the old one goes on if it is
 * wrong. At boot some containers skip systemd-sysctl, which wants more to be writable than it needs here.
 */
function unitText({ cluster }: NodeContext): string {
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: NAME,
    exec: `/usr/sbin/haproxy -Ws -f ${HAPROXY_CONF}`,
    directory: '/var/lib/haproxy',
    writable: [],
    type: 'notify',
    extra: [
      `ExecStartPre=+/usr/lib/systemd/systemd-sysctl --prefix=/${NONLOCAL_BIND.replaceAll('.', '/')}`,
      `ExecReload=/usr/sbin/haproxy -c -q -f ${HAPROXY_CONF}`,
      'ExecReload=/bin/kill -USR2 $MAINPID',
      'KillMode=mixed',
      'RestartSec=1',
      'RuntimeDirectory=haproxy',
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    ],
  });
}
