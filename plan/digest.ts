import { portsOf } from '../roles/ports';
import type { Settings } from '../roles/settings';
import { type ClusterPlan, type FloatingIpsPlan, groupsBehind, type NodeGroupPlan, restOf } from './cluster-plan';
import { dnsRecords } from './dns-records';
import { jsonDigest } from './json-digest';

/** Digest of all that Terraform is told of a cluster: software settings can change without it. SHA-256, hexadecimal. */
export function infrastructureDigest(plan: ClusterPlan): string {
  const { name, cloud, region, common, regions } = plan;
  const { egress } = plan.settings;
  const dns = plan.dns && { ...plan.dns, records: dnsRecords(plan) };
  const groups = plan.groups.map((group) => groupIron(group, plan.settings));
  const loadBalancers = plan.loadBalancers?.map((each) => ({
    ...each,
    groups: groupsBehind(each, plan.groups).map((group) => group.name),
  }));
  return jsonDigest({ name, cloud, region, common, regions, egress, groups, loadBalancers, dns });
}

/** Yes or no where all nodes are alike, as it was before they could differ: what is deployed keeps its digest. */
function floatingIpsIron(floatingIps: FloatingIpsPlan): unknown {
  if (typeof floatingIps === 'string') return floatingIps === 'new';
  return floatingIps;
}

function groupIron(group: NodeGroupPlan, settings: Settings): unknown {
  const { name, flavor, image, numbers, volumes, placement, availabilityZone, addresses, securityGroups } = group;
  const { publicPorts, virtualIp, root } = group;
  const roles = group.roles.map((role) => ({ name: role.name, exposes: portsOf(role, settings) }));
  const disks = volumes.map(({ name: volume, sizeGiB, mount, filesystem, type }) => [
    volume,
    sizeGiB,
    mount,
    filesystem,
    type,
  ]);
  const shut = group.numbers.filter((number) => restOf(group, number) === 'off');
  const off = shut.length > 0 ? shut : undefined;
  const floatingIp = floatingIpsIron(group.floatingIps);
  return {
    ...{ name, roles, flavor, image, numbers, off, floatingIp, disks, placement, availabilityZone },
    ...{ addresses, securityGroups, publicPorts, virtualIp, root, region: group.region },
  };
}
