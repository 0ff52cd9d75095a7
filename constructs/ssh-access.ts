import { node } from '../roles/node';
import { Traffic } from '../roles/traffic';
import { Cidr } from './cidr';
import type { Connections } from './connections';

/**
 * Lets people reach SSH.
 * @param access address ranges (CIDR)
 * @throws {Error} when `access` names nobody, or holds what is no address range
 */
export function allowSshFrom(connections: Connections, access: readonly string[]): void {
  if (access.length === 0) throw new Error('access names nobody: give at least one address range, e.g. 203.0.113.7/32');
  const ssh = Traffic.of(node.exposes.find((port) => port.name === 'ssh')!);
  for (const range of access.map(Cidr.of)) {
    connections.allowFrom(range, ssh, { description: `SSH from ${range.label}` });
  }
}
