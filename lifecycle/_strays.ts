import type { CloudNetwork, FloatingIp, NetworkThing, Port, Router, Subnet } from '../cloud/network';

/** What a project has of the kinds that the provider makes, waits for, and only then gives to the state. */
export interface Belongings {
  readonly ports: readonly Port[];
  readonly floatingIps: readonly FloatingIp[];
  readonly routers: readonly Router[];
  readonly subnets: readonly Subnet[];
  readonly networks: readonly CloudNetwork[];
}

export interface StrayOptions {
  /** Names that the environment gives; a floating IP has its node's as its description. */
  readonly names: ReadonlySet<string>;
  /** Ids in the environment's state. */
  readonly known: ReadonlySet<string>;
  /** When a run began that was cut off. @default - none was */
  readonly since?: Date;
}

export interface Stray extends NetworkThing {
  readonly name: string;
}

/** Clocks of the cloud and of this machine may differ by this. */
const SKEW_MS = 15 * 60_000;

/**
 * What an interrupted run made and no state knows, in the order in which it can be deleted. Everything that is in use,
 * has another name, or was there before that run is somebody's; but a port that holds a security group of the state is
 * surely ours.
 */
export function findStrays(has: Belongings, { names, known, since }: StrayOptions): readonly Stray[] {
  const earliest = since ? since.getTime() - SKEW_MS : Number.POSITIVE_INFINITY;
  const isNew = (one: { readonly id: string; readonly created?: Date }): boolean =>
    !known.has(one.id) && one.created !== undefined && one.created.getTime() >= earliest;
  const named = <T extends { id: string; name: string; created?: Date }>(all: readonly T[], kind: Stray['kind']) =>
    all.filter((one) => isNew(one) && names.has(one.name)).map(({ id, name }): Stray => ({ kind, id, name }));

  const routers = named(has.routers, 'router');
  const routerIds = new Set([...known, ...routers.map(({ id }) => id)]);
  const interfaces = has.ports
    .filter((port) => isNew(port) && port.deviceOwner.startsWith('network:router_interface'))
    .filter(({ deviceId }) => routerIds.has(deviceId))
    .map(({ id, name, deviceId }): Stray => ({ kind: 'router interface', id, name: name || id, routerId: deviceId }));
  const ports = has.ports
    .filter(({ id, name, deviceId }) => deviceId === '' && names.has(name) && !known.has(id))
    .filter((port) => isNew(port) || port.securityGroupIds.some((group) => known.has(group)))
    .map(({ id, name }): Stray => ({ kind: 'port', id, name }));
  const floatingIps = has.floatingIps
    .filter((one) => isNew(one) && one.portId === undefined && names.has(one.description))
    .map(({ id, address }): Stray => ({ kind: 'floating IP', id, name: address }));
  const nets = [...named(has.subnets, 'subnet'), ...named(has.networks, 'network')];
  return [...ports, ...floatingIps, ...interfaces, ...routers, ...nets];
}
