import {
  Lazy,
  TerraformDataSource,
  TerraformOutput,
  type TerraformProvider,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import { Construct } from 'constructs';
import { aliasOf, CloudProvider } from '../constructs/cloud-provider';
import { ClusterDns } from '../constructs/cluster-dns';
import type { NodeGroup } from '../constructs/node-group';
import { allowAcrossRegions } from '../constructs/region-flows';
import { addStateBackend } from '../constructs/state-backend';
import { CLUSTER_OUTPUT, type ClusterOutput, type DeployedNode } from '../plan/cluster-output';
import { type ClusterPlan, inRegion, type RegionPlan } from '../plan/cluster-plan';
import { infrastructureDigest } from '../plan/digest';
import type { StateBackend } from '../plan/state-backend';
import { addRegion, type RegionIron } from './_region-iron';
import type { CommonReference } from './common-reference';

export interface ClusterStackProps {
  readonly plan: ClusterPlan;
  /**
   * Where network, key pair and shared groups are: `CommonStack.fromName('common')`. Of a plan with `regions`: those of
   * each region, by the names of their common environments.
   */
  readonly common: CommonReference | Readonly<Record<string, CommonReference>>;
  /** Where Terraform keeps the state. @default - what the plan says, or a file in the project's folder */
  readonly state?: StateBackend;
}

/**
 * The servers of a cluster, whatever its plan: a node group for each of the plan's, behind the plan's firewall. Of a
 * cluster in several regions each has a provider of its own, and all that is in it lies in a construct of its name.
 */
export class ClusterStack extends TerraformStack {
  private readonly groups: ReadonlyMap<string, NodeGroup>;
  private readonly loadBalancers: RegionIron['loadBalancers'];

  /**
   * @throws {Error} for floating IPs without an external network, a region without its common environment, and for a
   * state that can't be kept so
   */
  constructor(scope: Construct, id: string, { plan, common, state = plan.state }: ClusterStackProps) {
    super(scope, id);
    addStateBackend(this, state);
    const regions = plan.regions
      ? this.addRegions(plan, plan.regions, common)
      : [this.addOnlyRegion(plan, commonOf(plan.common, common))];
    this.groups = byName(regions);
    this.loadBalancers = regions.flatMap((region) => region.loadBalancers);
    this.addOutput(plan);
  }

  /** @throws {Error} when the plan has no such node group */
  findGroup(name: string): NodeGroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw new Error(`no node group "${name}": there are ${[...this.groups.keys()].join(', ')}`);
  }

  private addOnlyRegion(plan: ClusterPlan, common: CommonReference): RegionIron {
    new CloudProvider(this, 'openstack', plan);
    const iron = addRegion(this, plan, common);
    addDns(this, plan, byName([iron]));
    return iron;
  }

  private addRegions(
    plan: ClusterPlan,
    regions: readonly RegionPlan[],
    commons: ClusterStackProps['common'],
  ): readonly RegionIron[] {
    const made = regions.map((region) => {
      const alias = aliasOf(region.name!);
      const scope = new Construct(this, alias);
      const place = { ...cloudOf(plan), region: region.name!, alias };
      const provider = new CloudProvider(this, `openstack-${alias}`, place);
      const iron = addRegion(scope, inRegion(plan, region), commonOf(region.common, commons));
      return { scope, provider, iron };
    });
    const groups = byName(made.map(({ iron }) => iron));
    allowAcrossRegions(plan, groups);
    // Zones are the cloud's, whichever region is asked.
    addDns(made[0]!.scope, plan, groups);
    for (const { scope, provider } of made) giveProvider(scope, provider);
    return made.map(({ iron }) => iron);
  }

  /** Absent where no group has one: what is deployed without keeps its output. */
  private virtualIps(): Pick<ClusterOutput, 'virtualIps'> {
    const virtualIps = [...this.groups.values()].flatMap(({ groupName: group, virtualIp }) =>
      virtualIp ? [{ group, address: virtualIp.address, floatingIp: virtualIp.floatingIp?.address ?? null }] : [],
    );
    return virtualIps.length > 0 ? { virtualIps } : {};
  }

  /** Absent where there are none, for the same reason. */
  private deployedLoadBalancers(): Pick<ClusterOutput, 'loadBalancers'> {
    const loadBalancers = this.loadBalancers.map(([{ name, port }, { address, floatingIp }]) => ({
      ...{ name, port, address },
      floatingIp: floatingIp?.address ?? null,
    }));
    return loadBalancers.length > 0 ? { loadBalancers } : {};
  }

  private addOutput(plan: ClusterPlan): void {
    const regionOf = new Map(plan.groups.map(({ name, region = plan.region }) => [name, region ?? null]));
    const value: ClusterOutput = {
      version: 1,
      environment: plan.name,
      planDigest: infrastructureDigest(plan),
      nodes: [...this.groups.values()].flatMap((group) => deployedNodes(group, regionOf.get(group.groupName)!)),
      ...this.virtualIps(),
      ...this.deployedLoadBalancers(),
    };
    // cdktf stumbles over null in an output's value, but not in a lazy one.
    const lazy = Lazy.anyValue({ produce: () => value });
    new TerraformOutput(this, CLUSTER_OUTPUT, { staticId: true, description: 'For firesteel configure', value: lazy });
  }
}

function byName(regions: readonly RegionIron[]): ReadonlyMap<string, NodeGroup> {
  return new Map(regions.flatMap(({ groups }) => groups.map((group) => [group.groupName, group])));
}

function addDns(scope: Construct, plan: ClusterPlan, groups: ReadonlyMap<string, NodeGroup>): void {
  const { dns } = plan;
  if (dns) new ClusterDns(scope, 'dns', { plan: { ...plan, dns }, groups });
}

function cloudOf({ cloud }: ClusterPlan): { readonly cloud?: string } {
  return cloud === undefined ? {} : { cloud };
}

function commonOf(name: string, common: ClusterStackProps['common']): CommonReference {
  if (isReference(common)) return common;
  const found = common[name];
  if (found) return found;
  throw new Error(`no common environment "${name}" is given: there are ${Object.keys(common).join(', ')}`);
}

function isReference(common: ClusterStackProps['common']): common is CommonReference {
  return typeof common.network === 'string';
}

function giveProvider(scope: Construct, provider: TerraformProvider): void {
  for (const each of scope.node.findAll()) {
    if (each instanceof TerraformResource || each instanceof TerraformDataSource) each.provider = provider;
  }
}

function deployedNodes(group: NodeGroup, region: string | null): DeployedNode[] {
  const { groupName, flavor } = group;
  const roles = group.roles.map((role) => role.name);
  return group.nodes.map(({ name, hostname, server }) => ({
    name,
    hostname,
    group: groupName,
    roles,
    serverId: server.serverId,
    imageId: server.imageId,
    address: server.address,
    floatingIp: server.floatingIp?.address ?? null,
    region,
    vcpus: flavor.vcpus,
    memoryMiB: flavor.memoryMiB,
    volumes: [...server.volumes],
  }));
}
