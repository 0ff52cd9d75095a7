import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import { packages } from '../../operations/packages';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { hardenedUnit } from '../_hardened-unit';
import { unitActive } from '../_probes';
import type { NodeContext, Role } from '../role';
import {
  checkScript,
  FIND_INTERFACE,
  KEEPALIVED_CHECK,
  KEEPALIVED_CHECK_USER,
  KEEPALIVED_CONF,
  KEEPALIVED_DIR,
  KEEPALIVED_FIND,
  KEEPALIVED_RUN,
  keepalivedConf,
} from './_conf';
import { oneHasIt } from './_probe';

const NAME = 'keepalived';
const UNIT = `${NAME}.service`;

/**
 * Gives the address that a group shares to one of its nodes, and to the next one within 2 s when that is gone, or within
 * 3 s when its haproxy doesn't answer any more. The nodes speak VRRP to each other alone, address by address.
 */
export const keepalived: Role = {
  name: NAME,
  summary: 'moves the address that a group shares to a node that works',
  minMemoryMiB: 64,
  exposes: [{ name: 'vrrp', protocol: 'vrrp', from: [NAME] }],
  install: () => [
    packages({ apt: [NAME, 'iproute2'], dnf: [NAME, 'iproute'] }),
    user({ name: KEEPALIVED_CHECK_USER, home: '/nonexistent' }),
    directory({ path: KEEPALIVED_DIR }),
    file({ path: KEEPALIVED_FIND, content: FIND_INTERFACE, mode: 0o755 }),
  ],
  configure: (context) => [
    ...(context.node.roles.includes('haproxy')
      ? [file({ path: KEEPALIVED_CHECK, content: checkScript(context.node), mode: 0o755 })]
      : []),
    file({ path: KEEPALIVED_CONF, content: keepalivedConf(context) }),
  ],
  start: (context) => [
    unit({
      name: UNIT,
      content: unitText(context),
      reloads: [{ path: KEEPALIVED_CONF, content: keepalivedConf(context) }],
    }),
  ],
  health: (context) => [unitActive(UNIT), oneHasIt(context, UNIT)],
};

/** It sets addresses and sends packets of its own making, which only root may; and lets another user ask for haproxy. */
function unitText({ cluster, node }: NodeContext): string {
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: 'root',
    exec: `/usr/sbin/keepalived --dont-fork --log-console --no-syslog --vrrp --use-file=${KEEPALIVED_CONF} --pid=${KEEPALIVED_RUN}/keepalived.pid --vrrp_pid=${KEEPALIVED_RUN}/vrrp.pid`,
    directory: KEEPALIVED_DIR,
    writable: [],
    extra: [
      `ExecStartPre=${KEEPALIVED_FIND} ${node.address}`,
      'ExecReload=/bin/kill -HUP $MAINPID',
      'KillMode=mixed',
      'RuntimeDirectory=keepalived',
      'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BROADCAST CAP_SETUID CAP_SETGID CAP_KILL',
      'RestrictAddressFamilies=AF_NETLINK AF_PACKET',
    ],
  });
}
