import type { Port, Role } from './role';
import type { Settings } from './settings';

/** Where a server asks about itself: without it cloud-init waits two minutes and installs no SSH key. */
export const METADATA_ADDRESS = '169.254.169.254/32';

/** TCP ports of package mirrors. */
export const MIRROR_PORTS = [80, 443] as const;

/** Port of a node's loopback address that leads to package mirrors through our connection, while it installs. */
export const MIRRORS_PROXY_PORT = 7079;

/**
 * Every port of a role that other nodes may reach, those that the plan's settings say among them.
 * @param settings @default - only those that the role exposes whatever a plan says
 */
export function portsOf(role: Role, settings?: Settings): readonly Port[] {
  return [...role.exposes, ...((settings && role.exposesFor?.(settings)) ?? [])];
}
