import type { NodeInfo } from './role';

/** Roles that take so little memory that a service beside them needs to leave no share for them. */
const LIGHT = ['node', 'bastion', 'node-exporter', 'dnsmasq', 'keepalived', 'haproxy', 'galera-arbitrator'];

/** What one role may take of its node's memory, in MiB: all of it where it is alone, else a fair share. */
export function memoryShareMiB({ memoryMiB, roles }: NodeInfo): number {
  const heavy = roles.filter((role) => !LIGHT.includes(role)).length;
  return Math.floor(memoryMiB / Math.max(1, heavy));
}

/** A whole number that is at least `from` and at most `to`. */
export function within(from: number, wanted: number, to: number): number {
  return Math.round(Math.min(to, Math.max(from, wanted)));
}
