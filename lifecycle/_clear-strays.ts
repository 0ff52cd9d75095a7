import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from '../cloud/cloud-error';
import type { OpenStack } from '../cloud/openstack';
import { groupPrefix, hostName, hostNames, loadBalancerName, plannedNodes } from '../plan/cluster-plan';
import { commonNames } from '../plan/common-names';
import type { Environment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { configuredServers } from './_configured-servers';
import { type DnsStray, dnsBelongings, findDnsStrays } from './_dns-strays';
import {
  type Belongings,
  findStrays,
  forgottenVolumes,
  type Stray,
  type StrayOptions,
  undecidedServers,
} from './_strays';
import { InterruptedError } from './errors';
import { ruleDescriptions } from './strangers';
import type { Terraform } from './terraform';
import type { Workspace } from './workspace';

/** Until a server is put on its ports, and until one that is deleted is gone. */
const LONGEST_SECONDS = 180;
const PAUSE_SECONDS = 1;

/**
 * Deletes what an interrupted run left in the cloud and no state knows: where Terraform is stopped while a port, a floating
 * IP, a network, a subnet or a router gets ready, the provider forgets it; and whatever it asks for is made, and unknown,
 * where the API's answer gets lost. To be called when a plan has shown that nobody else is at work on the stack.
 * @throws {CloudError} naming all that could not be deleted
 */
export async function clearStrays(workspace: Workspace, environment: Environment, terraform: Terraform): Promise<void> {
  const tell = (text: string) =>
    workspace.options.onProgress?.({ subject: environment.name, phase: 'strays', state: 'warn', text });
  const options = await strayOptions(workspace, environment, terraform);
  const failures: string[] = [];
  // One after the other: regions may share their services.
  for (const cloud of await workspace.clouds(environment)) {
    const has = await decidedBelongings(workspace, cloud, options);
    for (const { name, id } of forgottenVolumes(has, options))
      tell(
        `volume ${name} (${id}), which an interrupted run had left, stays, as it may hold data: delete it if it doesn't`,
      );
    for (const stray of [...(await dnsStrays(cloud, environment, options)), ...findStrays(has, options)]) {
      stopIfAborted(workspace);
      const what = `${stray.kind} ${stray.name}${stray.id === stray.name ? '' : ` (${stray.id})`}`;
      await remove(workspace, cloud, stray).then(
        () => tell(`${what}, which an interrupted run had left, is deleted`),
        (error: Error) => failures.push(`  - ${what}: ${error.message}`),
      );
    }
    stopIfAborted(workspace);
  }
  if (failures.length > 0) throw notDeleted(environment.name, failures);
}

async function dnsStrays(
  cloud: OpenStack,
  environment: Environment,
  options: StrayOptions,
): Promise<readonly DnsStray[]> {
  if (environment.kind === 'common') return [];
  return findDnsStrays(await dnsBelongings(cloud, environment.plan, options.since), environment.plan, options);
}

async function strayOptions(
  workspace: Workspace,
  environment: Environment,
  terraform: Terraform,
): Promise<StrayOptions> {
  const { resources } = await terraform.state();
  const { since } = new ApplyMark(workspace.memoryDir, environment.name);
  return {
    environment: environment.name,
    names: namesOf(environment),
    ruleDescriptions: new Set(ruleDescriptions(terraform.stack)),
    known: new Set(resources.map(({ id }) => id)),
    configured: await configuredServers(workspace, environment.name),
    ...(since && { since }),
  };
}

/** What the project has once the cloud has put new servers on their ports. */
async function decidedBelongings(workspace: Workspace, cloud: OpenStack, options: StrayOptions): Promise<Belongings> {
  for (const end = Date.now() + LONGEST_SECONDS * 1000; ; await pause(workspace)) {
    const has = await belongings(cloud, options);
    const undecided = undecidedServers(has, options);
    if (undecided.length === 0) return has;
    if (Date.now() > end) throw stillThere(`server ${undecided[0]!.name}`, 'being built');
  }
}

async function belongings(
  { compute, network, volume }: OpenStack,
  { names, known }: StrayOptions,
): Promise<Belongings> {
  const [servers, serverGroups, keyPairs, volumes] = await Promise.all([
    compute.servers(),
    compute.serverGroups(),
    compute.keyPairs(),
    volume?.volumes() ?? [],
  ]);
  // Only one that is asked for by its name has an age.
  const doubtful = keyPairs.filter(({ name }) => names.has(name) && !known.has(name));
  const pairs = await Promise.all(doubtful.map(({ name }) => compute.tryKeyPair(name)));
  const [ports, floatingIps, routers, subnets, networks, securityGroups] = await Promise.all([
    network.ports(),
    network.floatingIps(),
    network.routers(),
    network.subnets(),
    network.networks(),
    network.securityGroups(),
  ]);
  const nets = { ports, floatingIps, routers, subnets, networks, securityGroups };
  return { ...nets, servers, serverGroups, volumes, keyPairs: pairs.filter((pair) => pair !== undefined) };
}

async function remove(
  workspace: Workspace,
  { compute, network, dns }: OpenStack,
  stray: Stray | DnsStray,
): Promise<void> {
  switch (stray.kind) {
    case 'DNS zone':
    case 'DNS record':
      await dns?.delete(stray);
      return untilGone(workspace, async () => (await dns?.has(stray)) ?? false, stray.kind, stray.name);
    case 'server':
      await compute.delete(stray);
      return untilGone(
        workspace,
        async () => (await compute.tryServer(stray.id)) !== undefined,
        stray.kind,
        stray.name,
      );
    case 'server group':
    case 'key pair':
      return compute.delete(stray);
    default:
      return network.delete(stray);
  }
}

/** A server's port is free only then, and a name of DNS. */
async function untilGone(workspace: Workspace, isThere: () => Promise<boolean>, kind: string, name: string) {
  for (const end = Date.now() + LONGEST_SECONDS * 1000; await isThere(); )
    if (Date.now() > end) throw stillThere(`${kind} ${name}`, 'there');
    else await pause(workspace);
}

async function pause(workspace: Workspace): Promise<void> {
  const { signal } = workspace.options;
  await sleep(PAUSE_SECONDS * 1000, undefined, { signal }).catch(() => stopIfAborted(workspace));
}

function stillThere(what: string, doing: string): CloudError {
  return new CloudError(
    'refused',
    `${what}, which an interrupted run had left, is still ${doing} after ${LONGEST_SECONDS} s`,
  );
}

function notDeleted(environment: string, failures: readonly string[]): CloudError {
  const lines = [
    `an interrupted run of ${environment} left in the cloud what could not be deleted:`,
    ...failures,
    'Nothing else was changed. Run this again; where that does not help, delete it in the cloud by hand.',
  ];
  return new CloudError('refused', lines.join('\n'));
}

function stopIfAborted({ options: { signal } }: Workspace): void {
  if (signal?.aborted) throw new InterruptedError();
}

/** Those of servers and their ports, of what node groups have, of volumes, and of addresses that lead to several nodes. */
function namesOf(environment: Environment): ReadonlySet<string> {
  if (environment.kind === 'common') return new Set(Object.values(commonNames(environment.name)));
  const { plan } = environment;
  const volumes = plannedNodes(plan).flatMap(({ group, name: node }) =>
    (group.volumes ?? []).map(({ name }) => `${hostName(plan, node)}-${name}`),
  );
  const groups = plan.groups.map((group) => groupPrefix(plan, group));
  const shared = [
    ...groups.map((prefix) => `${prefix}-vip`),
    ...(plan.loadBalancers ?? []).map((each) => loadBalancerName(plan, each)),
  ];
  return new Set([...hostNames(plan), ...groups, ...volumes, ...shared]);
}
