import type { ComputeThing, KeyPair, Server, ServerGroup } from '../cloud/compute';
import type { CloudNetwork, FloatingIp, NetworkThing, Port, Router, SecurityGroup, Subnet } from '../cloud/network';
import type { Volume } from '../cloud/volume';

/** What a project has of the kinds that a run makes, and that no state knows where the run or the API's answer was cut off. */
export interface Belongings {
  readonly servers: readonly Server[];
  readonly volumes: readonly Volume[];
  readonly ports: readonly Port[];
  readonly floatingIps: readonly FloatingIp[];
  readonly routers: readonly Router[];
  readonly subnets: readonly Subnet[];
  readonly networks: readonly CloudNetwork[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly serverGroups: readonly ServerGroup[];
  readonly keyPairs: readonly KeyPair[];
}

export interface StrayOptions {
  /** As servers have it in their metadata. */
  readonly environment: string;
  /** Names that the environment gives; a floating IP has its node's as its description. */
  readonly names: ReadonlySet<string>;
  /** Descriptions that the environment gives to the rules of its security groups. */
  readonly ruleDescriptions: ReadonlySet<string>;
  /** Ids in the environment's state. */
  readonly known: ReadonlySet<string>;
  /** Ids of the servers that were configured ever: they are somebody's work. */
  readonly configured: ReadonlySet<string>;
  /** When a run began that was cut off. @default - none was */
  readonly since?: Date;
}

export type Stray = (NetworkThing | ComputeThing) & { readonly name: string };

interface Thing {
  readonly id: string;
  readonly name: string;
  readonly created?: Date | undefined;
}

/** Clocks of the cloud and of this machine may differ by this. */
const SKEW_MS = 15 * 60_000;

/**
 * What an interrupted run made and no state knows, in the order in which it can be deleted. Everything that is in use,
 * has another name, or was there before that run is somebody's; but a port that holds a security group of the state is
 * surely ours.
 */
export function findStrays(has: Belongings, options: StrayOptions): readonly Stray[] {
  const { names, known } = options;
  const age = new Age(options);
  const named = <K extends Stray['kind']>(all: readonly Thing[], kind: K) =>
    all.filter((one) => age.isNew(one) && names.has(one.name)).map(({ id, name }) => ({ kind, id, name }));

  const routers = named(has.routers, 'router');
  const routerIds = new Set([...known, ...routers.map(({ id }) => id)]);
  const interfaces = has.ports
    .filter((port) => age.isNew(port) && port.deviceOwner.startsWith('network:router_interface'))
    .filter(({ deviceId }) => routerIds.has(deviceId))
    .map(({ id, name, deviceId }): Stray => ({ kind: 'router interface', id, name: name || id, routerId: deviceId }));
  const ports = has.ports
    .filter(({ id, name, deviceId }) => deviceId === '' && names.has(name) && !known.has(id))
    .filter((port) => age.isNew(port) || port.securityGroupIds.some((group) => known.has(group)))
    .map(({ id, name }): Stray => ({ kind: 'port', id, name }));
  const floatingIps = has.floatingIps
    .filter((one) => age.isNew(one) && one.portId === undefined && names.has(one.description))
    .map(({ id, address }): Stray => ({ kind: 'floating IP', id, name: address }));
  const worn = new Set(has.ports.filter(notAmong(ports)).flatMap(({ securityGroupIds }) => securityGroupIds));
  return [
    ...strayServers(has, options).map(({ id, name }): Stray => ({ kind: 'server', id, name })),
    ...ports,
    ...floatingIps,
    ...interfaces,
    ...routers,
    ...strayRules(has, options),
    ...named(has.securityGroups, 'security group').filter(({ id }) => !worn.has(id)),
    ...named(has.subnets, 'subnet'),
    ...named(has.networks, 'network'),
    ...strayServerGroups(has, options),
    ...named(
      has.keyPairs.map((pair) => ({ ...pair, id: pair.name })),
      'key pair',
    ),
  ];
}

/** Volumes that an interrupted run made and no state knows. A volume may hold data, so none is ever a stray. */
export function forgottenVolumes({ volumes }: Pick<Belongings, 'volumes'>, options: StrayOptions): readonly Volume[] {
  const age = new Age(options);
  return volumes.filter((volume) => age.isNew(volume) && options.names.has(volume.name) && !volume.attached);
}

/**
 * Servers of which it can't be said yet whether they are strays: they are so new that the cloud has not put them on their
 * ports.
 */
export function undecidedServers(has: Pick<Belongings, 'servers' | 'ports'>, options: StrayOptions): readonly Server[] {
  return candidates(has.servers, options).filter(({ id, status }) => status === 'BUILD' && !isOnAPort(id, has.ports));
}

/** A server on a port of the state is surely ours; one that could not be made is on none. */
function strayServers({ servers, ports }: Belongings, options: StrayOptions): readonly Server[] {
  const ours = ports.filter(({ id }) => options.known.has(id));
  return candidates(servers, options).filter(
    ({ id, status }) => isOnAPort(id, ours) || (status === 'ERROR' && !isOnAPort(id, ports)),
  );
}

function candidates(servers: readonly Server[], options: StrayOptions): readonly Server[] {
  const { environment, names, configured } = options;
  const age = new Age(options);
  return servers
    .filter(({ id, name }) => names.has(name) && !configured.has(id))
    .filter(({ metadata }) => metadata.environment === environment)
    .filter(({ id, created }) => age.isNew({ id, created: new Date(created) }));
}

function isOnAPort(server: string, ports: readonly Port[]): boolean {
  return ports.some(({ deviceId }) => deviceId === server);
}

/** Of the groups that the state knows; the same rule can't be made twice, so the next run would be refused. */
function strayRules({ securityGroups }: Belongings, options: StrayOptions): readonly Stray[] {
  const age = new Age(options);
  return securityGroups
    .filter(({ id }) => options.known.has(id))
    .flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, name: `"${rule.description}" of ${name}` })))
    .filter((rule) => age.isNew(rule) && options.ruleDescriptions.has(rule.description))
    .map(({ id, name }): Stray => ({ kind: 'security group rule', id, name }));
}

/** Nova tells no age of them: an empty one is missed by nobody. */
function strayServerGroups({ serverGroups }: Belongings, { names, known, since }: StrayOptions): readonly Stray[] {
  if (!since) return [];
  return serverGroups
    .filter(({ id, name, members }) => names.has(name) && !known.has(id) && members.length === 0)
    .map(({ id, name }): Stray => ({ kind: 'server group', id, name }));
}

/** Tells what was made since the run that was cut off and is not in the state; what is of unknown age was not. */
export class Age {
  private readonly earliest: number;

  constructor(private readonly options: Pick<StrayOptions, 'since' | 'known'>) {
    const { since } = options;
    this.earliest = since ? since.getTime() - SKEW_MS : Number.POSITIVE_INFINITY;
  }

  isNew({ id, created }: { readonly id: string; readonly created?: Date | undefined }): boolean {
    return !this.options.known.has(id) && created !== undefined && created.getTime() >= this.earliest;
  }
}

function notAmong(strays: readonly Stray[]): (thing: { readonly id: string }) => boolean {
  const ids = new Set(strays.map(({ id }) => id));
  return ({ id }) => !ids.has(id);
}
