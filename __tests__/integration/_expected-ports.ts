import type { DeployedNode } from '../../plan/cluster-output';
import { findRole, type Port } from '../../roles';

/** Every TCP port that the roles of one node expose to those of another, ascending. */
export function exposedPorts(from: DeployedNode, to: DeployedNode): number[] {
  const clients = (port: Port): readonly string[] => (from.region === to.region ? port.from : (port.across ?? []));
  const ports = to.roles
    .flatMap((role) => findRole(role).exposes)
    .filter((port) => (port.protocol ?? 'tcp') === 'tcp' && clients(port).some((role) => from.roles.includes(role)));
  return ascending(ports.flatMap(numbers));
}

/** Every TCP port that a service of the node's roles may listen on: those for other nodes, and pages for the operator. */
export function servicePorts({ roles }: DeployedNode): number[] {
  return ascending(
    roles
      .map(findRole)
      .flatMap(({ exposes, pages = [] }) => [...exposes.flatMap(numbers), ...pages.map(({ port }) => port)]),
  );
}

function numbers({ port }: Port): number[] {
  if (port === undefined) return [];
  const [from, to] = typeof port === 'number' ? [port, port] : port;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function ascending(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
