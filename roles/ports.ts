import type { Port, Role } from './role';
import type { Settings } from './settings';

/**
 * Every port of a role that other nodes may reach, those that the plan's settings say among them.
 * @param settings @default - only those that the role exposes whatever a plan says
 */
export function portsOf(role: Role, settings?: Settings): readonly Port[] {
  return [...role.exposes, ...((settings && role.exposesFor?.(settings)) ?? [])];
}
