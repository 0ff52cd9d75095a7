import type { FloatingIp, Port, SecurityGroup, SecurityGroupRule } from '../cloud/network';
import type { OpenStack } from '../cloud/openstack';
import { isMirrorsRule } from '../configure/mirrors-rules';
import { MIRRORS } from '../plan/cluster-plan';
import type { SynthesizedStack } from './synth';
import type { StateResource } from './terraform-state';

/** Something that somebody did by hand to what is ours where Terraform doesn't look; nobody here touches it. */
export interface Stranger {
  readonly kind: 'security group rule' | 'security group' | 'floating IP' | 'port';
  /** `gone`: a security group that a port of ours is to wear. */
  readonly state: 'added' | 'gone';
  /** The cloud's. */
  readonly id: string;
  /** What of ours it was added to, e.g. `security group dev-worker`. */
  readonly on: string;
  /** What it is, e.g. `ingress tcp 22 from 0.0.0.0/0`. */
  readonly what: string;
  /** Command that would undo it, for who wants that. */
  readonly undo: string;
}

export interface Surroundings {
  readonly securityGroups: readonly SecurityGroup[];
  readonly floatingIps: readonly FloatingIp[];
  readonly ports: readonly Port[];
}

export interface StrangerOptions {
  /** Rules that look like this may be an interrupted run's, whose next run clears them away. @default - no run was cut off */
  readonly halfMade?: ReadonlySet<string>;
}

/** Asks the cloud in each region. @throws {CloudError} */
export async function askStrangers(
  clouds: readonly OpenStack[],
  resources: readonly StateResource[],
  options: StrangerOptions = {},
): Promise<readonly Stranger[]> {
  if (resources.length === 0) return [];
  const found = await Promise.all(
    clouds.map(async ({ network }) => {
      const [securityGroups, floatingIps, ports] = await Promise.all([
        network.securityGroups(),
        network.floatingIps(),
        network.ports(),
      ]);
      return findStrangers({ securityGroups, floatingIps, ports }, resources, options);
    }),
  );
  // Regions may share their services.
  return [...new Map(found.flat().map((stranger) => [JSON.stringify(stranger), stranger])).values()];
}

/** @param resources of the states of all stacks whose groups, ports and servers are asked about */
export function findStrangers(
  { securityGroups, floatingIps, ports }: Surroundings,
  resources: readonly StateResource[],
  { halfMade = new Set() }: StrangerOptions = {},
): readonly Stranger[] {
  const names = new Map(resources.map(({ id, attributes }) => [id, String(attributes.name ?? id)]));
  const groupNames = new Map(securityGroups.map(({ id, name }) => [id, name]));
  const rules = securityGroups
    .filter(({ id }) => names.has(id))
    .flatMap((group) => group.rules.map((rule) => ({ group, rule })))
    .filter(({ rule }) => !names.has(rule.id) && !halfMade.has(rule.description))
    .filter(({ group, rule }) => !isOursForNow(group, rule))
    .map(({ group, rule }): Stranger => {
      const on = `security group ${group.name}`;
      const undo = `openstack security group rule delete ${rule.id}`;
      return { kind: 'security group rule', state: 'added', id: rule.id, on, what: ruleText(rule, groupNames), undo };
    });
  const addresses = ownAddresses(resources);
  const floating = floatingIps
    .filter(({ portId, address }) => portId !== undefined && names.has(portId) && !addresses.has(address))
    .map(({ id, address, portId }): Stranger => {
      const undo = `openstack floating ip unset --port ${id}`;
      return { kind: 'floating IP', state: 'added', id, on: `port ${names.get(portId!)}`, what: address, undo };
    });
  const servers = new Set(resources.filter(({ type }) => type === SERVER).map(({ id }) => id));
  const plugged = ports
    .filter(({ id, deviceId }) => servers.has(deviceId) && !names.has(id))
    .map(({ id, name, deviceId, addresses: fixed }): Stranger => {
      const what = [name, ...fixed].filter((word) => word !== '').join(' ');
      const undo = `openstack server remove port ${deviceId} ${id}`;
      return { kind: 'port', state: 'added', id, on: `server ${names.get(deviceId)}`, what: what || id, undo };
    });
  return [...rules, ...otherGroups(ports, resources, groupNames), ...floating, ...plugged];
}

/** Nobody's doing by hand: `configure` lets nodes out to package mirrors, and `status` says whether they are. */
function isOursForNow({ name }: SecurityGroup, rule: SecurityGroupRule): boolean {
  return name.endsWith(`-${MIRRORS}`) && isMirrorsRule(rule);
}

/** The provider remembers which groups it gave a port, and never looks whether it still wears them. */
function otherGroups(
  ports: readonly Port[],
  resources: readonly StateResource[],
  groupNames: ReadonlyMap<string, string>,
): readonly Stranger[] {
  const there = new Map(ports.map((port) => [port.id, port.securityGroupIds]));
  return resources.flatMap(({ type, id: port, attributes }): Stranger[] => {
    const { name, security_group_ids: given } = attributes;
    const worn = there.get(port);
    if (type !== PORT || !worn || !Array.isArray(given)) return [];
    const stranger = (id: string, state: Stranger['state']): Stranger => {
      const undo = `openstack port ${state === 'added' ? 'unset' : 'set'} --security-group ${id} ${port}`;
      return { kind: 'security group', state, id, on: `port ${name}`, what: groupNames.get(id) ?? id, undo };
    };
    return [
      ...worn.filter((id) => !given.includes(id)).map((id) => stranger(id, 'added')),
      ...(given as string[]).filter((id) => !worn.includes(id)).map((id) => stranger(id, 'gone')),
    ];
  });
}

/** What a stack writes on the rules of its security groups. */
export function ruleDescriptions({ config }: SynthesizedStack): readonly string[] {
  const rules = Object.values(config.resource?.openstack_networking_secgroup_rule_v2 ?? {});
  return rules.map(({ description }) => String(description ?? ''));
}

/** e.g. `security group dev-worker: ingress tcp 22 from 0.0.0.0/0 (security group rule 0f6c…)` */
export function strangerText({ kind, state, id, on, what }: Stranger): string {
  const done = state === 'gone' ? ' was taken away' : '';
  return `${on}: ${kind === 'security group rule' ? what : `${kind} ${what}`}${done} (${kind} ${id})`;
}

const PORT = 'openstack_networking_port_v2';
const SERVER = 'openstack_compute_instance_v2';

/** Those that we made, and those that the project had and we lead to a port. */
function ownAddresses(resources: readonly StateResource[]): ReadonlySet<unknown> {
  return new Set(
    resources.flatMap(({ type, attributes }) => {
      if (type === 'openstack_networking_floatingip_v2') return [attributes.address];
      return type === 'openstack_networking_floatingip_associate_v2' ? [attributes.floating_ip] : [];
    }),
  );
}

function ruleText(rule: SecurityGroupRule, groupNames: ReadonlyMap<string, string>): string {
  const { direction, protocol = 'anything', remoteCidr, remoteGroupId, ethertype, description } = rule;
  const anyone = ethertype === 'IPv6' ? '::/0' : '0.0.0.0/0';
  const group = remoteGroupId && `group ${groupNames.get(remoteGroupId) ?? remoteGroupId}`;
  const peer = `${direction === 'ingress' ? 'from' : 'to'} ${remoteCidr ?? group ?? anyone}`;
  const words = [direction, protocol, portsText(rule), peer, description && JSON.stringify(description)];
  return words.filter((word) => word !== '' && word !== undefined).join(' ');
}

/** Of ICMP they are type and code. */
function portsText({ portMin, portMax }: SecurityGroupRule): string {
  if (portMin === undefined) return '';
  return portMax === undefined || portMin === portMax ? `${portMin}` : `${portMin}-${portMax}`;
}
