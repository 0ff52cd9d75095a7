import { HAPROXY_ALIVE, HAPROXY_PAGE } from '../haproxy/_conf';
import type { NodeContext, NodeInfo } from '../role';

export const KEEPALIVED_DIR = '/etc/keepalived';
export const KEEPALIVED_CONF = `${KEEPALIVED_DIR}/keepalived.conf`;
/** Says whether this node's haproxy works. */
export const KEEPALIVED_CHECK = `${KEEPALIVED_DIR}/haproxy-answers`;
/** Who asks that: nobody that owns anything. */
export const KEEPALIVED_CHECK_USER = 'keepalived_script';
/** Finds the network interface that has the node's address. */
export const KEEPALIVED_FIND = `${KEEPALIVED_DIR}/find-interface`;
export const KEEPALIVED_RUN = '/run/keepalived';

/**
 * The active node says that it is there twice a second. Who hears nothing for three times that and a little more takes
 * over: after 2 s at most.
 */
export const KEEPALIVED_ADVERT_SECONDS = 0.5;

/**
 * keepalived.conf. The first node of the plan's order that is well becomes the active one; whoever it is stays it, so that
 * a node which comes back interrupts nothing. Only one that was frozen and wakes up still takes itself for the active one: of
 * the two the first in the plan's order then keeps the address.
 * @throws {Error} when the group shares no address
 */
export function keepalivedConf(context: NodeContext): string {
  const { node } = context;
  const virtualIp = sharedAddress(node);
  const group = sharers(context);
  const tracksHaproxy = node.roles.includes('haproxy');
  return `# Written by firesteel configure; changes made here do not last.
global_defs {
    router_id ${node.hostname}
    vrrp_version 3
    vrrp_garp_master_refresh 10
    enable_script_security
    script_user ${KEEPALIVED_CHECK_USER}
}

include ${KEEPALIVED_RUN}/interface.conf
${tracksHaproxy ? CHECK : ''}
vrrp_instance ${node.group} {
    state BACKUP
    nopreempt
    interface $INTERFACE
    virtual_router_id ${virtualRouterId(virtualIp)}
    priority ${priority(node, group)}
    advert_int ${KEEPALIVED_ADVERT_SECONDS}
    unicast_src_ip ${node.address}
    unicast_peer {
${peers(context)
  .map(({ address }) => `        ${address}\n`)
  .join('')}    }
    virtual_ipaddress {
        ${virtualIp}/32 dev $INTERFACE
    }
${tracksHaproxy ? '    track_script {\n        haproxy\n    }\n' : ''}}
`;
}

/** Twice without an answer, and the node gives the address up. */
const CHECK = `
vrrp_script haproxy {
    script ${KEEPALIVED_CHECK}
    interval 1
    timeout 1
    fall 2
    rise 2
}
`;

/** @throws {Error} when the node's group shares no address */
export function sharedAddress({ name, group, virtualIp }: NodeInfo): string {
  if (virtualIp !== undefined) return virtualIp;
  throw new Error(`keepalived: ${name} shares no address: say virtualIp: true of the group ${group}`);
}

/** The other nodes that the address can move to. */
export function peers(context: NodeContext): readonly NodeInfo[] {
  return sharers(context).filter(({ name }) => name !== context.node.name);
}

function sharers({ node, nodesWith }: NodeContext): readonly NodeInfo[] {
  return nodesWith('keepalived').filter(({ virtualIp }) => virtualIp === node.virtualIp);
}

/** Between 1 and 255; nodes that share an address agree on it, and on one network it takes 255 of them until two are alike. */
function virtualRouterId(address: string): number {
  const [, , third, fourth] = address.split('.').map(Number);
  return ((third! * 256 + fourth!) % 255) + 1;
}

function priority({ name }: NodeInfo, group: readonly NodeInfo[]): number {
  return Math.max(1, 200 - group.findIndex((node) => node.name === name));
}

/** bash asks by itself, so that nothing is started but it. */
export function checkScript({ address }: NodeInfo): string {
  return `#!/bin/bash
# Written by firesteel configure; changes made here do not last.
exec 3<>/dev/tcp/${address}/${HAPROXY_PAGE} || exit 1
printf 'GET ${HAPROXY_ALIVE} HTTP/1.0\\r\\n\\r\\n' >&3
read -r -t 1 _ status _ <&3
[ "$status" = 200 ]
`;
}

/** What an interface is called is known to the machine alone; keepalived.conf reads it as $INTERFACE. */
export const FIND_INTERFACE = `#!/bin/sh
# Written by firesteel configure; changes made here do not last.
set -eu
interface=$(ip -o -4 address show to "$1/32" | awk '{ print $2; exit }')
[ -n "$interface" ] || { echo "no interface has the address $1" >&2; exit 1; }
printf '$INTERFACE=%s\\n' "$interface" >${KEEPALIVED_RUN}/interface.conf
`;
