import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import type { Role } from '../roles/role';
import type { Settings, SparkSource } from '../roles/settings';
import { sparkConfConflicts, sparkMastersConflict } from '../roles/spark-conf';
import { sparkHistory } from '../roles/spark-history';
import { sparkMaster } from '../roles/spark-master';
import { DEFAULT_SPARK_VERSION, SPARK_VERSIONS } from '../roles/spark-versions';
import { sparkWorker } from '../roles/spark-worker';
import { zookeeper } from '../roles/zookeeper';
import { seconds } from './_fields';
import { isName, NAME_RULE } from './_names';
import { addressesOf, floatingIpsOf, givesFloatingIp, nodeAddressIssues } from './_node-addresses';
import { didYouMean } from './_suggest';
import { type ClusterPlan, groupPrefix, type NodeGroupPlan, plannedNodes, type Timeouts } from './cluster-plan';
import { commonNames } from './common-names';
import { EMPTY_REGISTER, type NodeRegister, restingOf, updateRegister } from './node-register';
import { PlanError, type PlanIssue } from './plan-error';
import type { ScalableGroups } from './scalable-group';
import type { FloatingIpSpec, NodeGroupSpec, SparkClusterSpec, SparkSoftwareSpec, TimeoutsSpec } from './spark-spec';
import { stateIssues } from './state-issues';
import { ownZookeepers, zookeeperCount, zookeeperIssues, zookeeperOnMasters } from './zookeeper';

const MASTERS = { group: 'master', path: ['master', 'count'], lists: listsOf('master') };
const WORKERS = { group: 'worker', path: ['workers', 'count'], lists: listsOf('workers') };

/** What of a Spark cluster can be made more or fewer, by the words for it. */
export const SPARK_SCALABLE: ScalableGroups = { workers: WORKERS, worker: WORKERS, masters: MASTERS, master: MASTERS };

function listsOf(section: string): string[][] {
  return [
    [section, 'addresses'],
    [section, 'floatingIp'],
  ];
}

/**
 * The cluster plan of a Spark standalone cluster: group `master` (master, history server), group `worker`, and `bastion`
 * and `zookeeper` where the spec has them.
 * @param register which nodes exist already; absent: the first `count` of each group
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function sparkClusterPlan(
  name: string,
  spec: SparkClusterSpec,
  register: NodeRegister = EMPTY_REGISTER,
): ClusterPlan {
  const issues: PlanIssue[] = [];
  if (!isName(name)) issues.push({ path: '', message: `"${name}" can't be an environment's name: ${NAME_RULE}` });
  issues.push(...countIssues(spec), ...mastersIssues(spec), ...zookeeperIssues(spec));
  issues.push(...imageIssues(spec), ...confIssues(spec));
  const source = sparkSource(spec.spark ?? {}, issues);
  const groups = nodeGroups(spec, updateRegister(register, nodeCounts(spec)));
  issues.push(
    ...nodeAddressIssues({ master: spec.master, workers: spec.workers, zookeeper: ownZookeepers(spec) ?? {} }),
    ...ownGroupIssues(name, spec, groups),
  );
  issues.push(...volumeIssues(spec), ...hostKeyIssues(spec, groups), ...stateIssues(spec.state, name));
  if (issues.length > 0 || !source) throw new PlanError(issues);
  return {
    name,
    ...(spec.cloud !== undefined && { cloud: spec.cloud }),
    ...(spec.region !== undefined && { region: spec.region }),
    common: spec.common ?? 'common',
    groups,
    settings: settings(spec, source),
    hostKeys: spec.hostKeys ?? {},
    timeouts: timeouts(spec.timeouts ?? {}),
    ...(spec.state !== undefined && { state: spec.state }),
  };
}

function nodeCounts(spec: SparkClusterSpec): Record<string, number> {
  const zookeepers = ownZookeepers(spec);
  return {
    ...(spec.bastion && { bastion: 1 }),
    master: spec.master.count ?? 1,
    ...(zookeepers && { zookeeper: zookeepers.count }),
    worker: spec.workers.count,
  };
}

function nodeGroups(spec: SparkClusterSpec, register: NodeRegister): NodeGroupPlan[] {
  const masterFloatingIp = spec.master.floatingIp ?? !spec.bastion;
  const mastersLead = givesFloatingIp(masterFloatingIp) && !spec.bastion;
  const beside = [...(mastersLead ? [bastion] : []), ...(zookeeperOnMasters(spec) ? [zookeeper] : [])];
  const masterRoles = [node, ...beside, sparkMaster, sparkHistory];
  const zookeepers = ownZookeepers(spec);
  const group = (name: string, roles: Role[], own: NodeGroupSpec, floatingIp: FloatingIpSpec): NodeGroupPlan => {
    const { nodes: numbers = [], resting = {} } = register.groups[name] ?? {};
    return {
      name,
      roles,
      flavor: own.flavor,
      image: own.image ?? spec.image ?? '',
      numbers,
      ...restingOf(resting),
      floatingIps: floatingIpsOf(floatingIp, numbers),
      ...addressesOf(own.addresses, numbers),
      ...furtherGroups(spec, own),
      volumes: (own.volumes ?? []).map((volume) => ({ filesystem: 'ext4' as const, ...volume })),
      placement: own.placement ?? 'spread',
      ...(own.availabilityZone !== undefined && { availabilityZone: own.availabilityZone }),
    };
  };
  return [
    ...(spec.bastion ? [group('bastion', [node, bastion], { ...spec.bastion, placement: 'any' }, true)] : []),
    group('master', masterRoles, spec.master, masterFloatingIp),
    ...(zookeepers ? [group('zookeeper', [node, zookeeper], zookeepers, false)] : []),
    group('worker', [node, sparkWorker], spec.workers, spec.workers.floatingIp ?? false),
  ];
}

/** Absent where there are none. */
function furtherGroups(spec: SparkClusterSpec, own: NodeGroupSpec): Pick<NodeGroupPlan, 'securityGroups'> {
  const securityGroups = [...new Set([...(spec.securityGroups ?? []), ...(own.securityGroups ?? [])])];
  return securityGroups.length > 0 ? { securityGroups } : {};
}

function settings(spec: SparkClusterSpec, spark: { version: string; source: SparkSource }): Settings {
  return {
    spark: { ...spark, conf: textConf(spec.spark ?? {}), packages: spec.spark?.packages ?? [] },
    python: { packages: spec.python?.packages ?? [] },
    apt: { packages: spec.apt?.packages ?? [] },
    ssh: { user: '', authorizedKeys: [] },
  };
}

function sparkSource(
  spec: SparkSoftwareSpec,
  issues: PlanIssue[],
): { version: string; source: SparkSource } | undefined {
  const version = spec.version ?? DEFAULT_SPARK_VERSION;
  if (spec.source && 'url' in spec.source) return { version, source: { kind: 'tarball', ...spec.source } };
  const sha256 = spec.source?.sha256 ?? SPARK_VERSIONS[version]?.sha256;
  if (sha256) return { version, source: { kind: 'pypi', sha256 } };
  const known = Object.keys(SPARK_VERSIONS);
  const message = `no checksum is known for Spark ${version}${didYouMean(version, known)}: take one of ${known.join(', ')}, or give spark.source with the sha256 of its source distribution on PyPI, or with the url and sha512 of a tarball`;
  issues.push({ path: 'spark.version', message });
  return undefined;
}

const DEFAULT_TIMEOUTS = { server: '10m', ssh: '5m', cloudInit: '10m', health: '3m' } as const;

function timeouts(spec: TimeoutsSpec): Timeouts {
  const of = (name: keyof TimeoutsSpec) => seconds(spec[name] ?? DEFAULT_TIMEOUTS[name]);
  return {
    serverSeconds: of('server'),
    sshSeconds: of('ssh'),
    cloudInitSeconds: of('cloudInit'),
    healthSeconds: of('health'),
  };
}

function countIssues(spec: SparkClusterSpec): PlanIssue[] {
  const counts = { 'master.count': spec.master.count ?? 1, 'workers.count': spec.workers.count };
  return Object.entries(counts)
    .filter(([, count]) => !Number.isInteger(count) || count < 1)
    .map(([path, count]) => ({ path, message: `must be a whole number of at least 1, got ${count}` }));
}

function mastersIssues(spec: SparkClusterSpec): PlanIssue[] {
  const conflict = sparkMastersConflict(spec.master.count ?? 1, textConf(spec.spark ?? {}), zookeeperCount(spec));
  return conflict === undefined ? [] : [{ path: 'master.count', message: conflict }];
}

function textConf({ conf = {} }: SparkSoftwareSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(conf).map(([key, value]) => [key, String(value)]));
}

function imageIssues(spec: SparkClusterSpec): PlanIssue[] {
  if (spec.image) return [];
  const { master, workers, bastion } = spec;
  return Object.entries({ master, workers, bastion, zookeeper: ownZookeepers(spec) })
    .filter(([, group]) => group && !group.image)
    .map(([path]) => ({ path, message: 'has no image: name one here, or for all groups as "image:" at the top' }));
}

/** A volume's name is part of its node's constructs, and of its own name in the cloud. */
function volumeIssues(spec: SparkClusterSpec): PlanIssue[] {
  const { master, workers } = spec;
  const groups = Object.entries({ master, workers, zookeeper: ownZookeepers(spec) });
  return groups.flatMap(([section, { volumes = [] } = {}]) => {
    const names = volumes.map(({ name }) => name);
    return names.flatMap((name, index) => {
      const path = `${section}.volumes.${index}.name`;
      if (names.indexOf(name) !== index)
        return [{ path, message: `there is a volume "${name}" already: give it another` }];
      return readsLikeNode(name) ? [{ path, message: LIKE_NODE(name) }] : [];
    });
  });
}

/** Else `dev` + `worker-0` + `worker-1-data` would be named like `dev-worker-0` + `worker-1` + `data`. */
function readsLikeNode(volume: string): boolean {
  return /-\d+-/.test(volume);
}

const LIKE_NODE = (volume: string) =>
  `"${volume}" reads like a volume of another environment's node: give it a name without a number in the middle`;

/** Groups that are the cluster's own can't be looked for before they are made. */
function ownGroupIssues(name: string, spec: SparkClusterSpec, groups: readonly NodeGroupPlan[]): PlanIssue[] {
  const { sshGroup, nodeGroup } = commonNames(spec.common ?? 'common');
  const own = [sshGroup, nodeGroup, ...groups.map((group) => groupPrefix({ name }, group))];
  const { master, workers, bastion } = spec;
  const sections = { '': spec, 'master.': master, 'workers.': workers, 'bastion.': bastion };
  const zookeepers = { 'zookeeper.': ownZookeepers(spec) };
  return Object.entries({ ...sections, ...zookeepers }).flatMap(([section, { securityGroups = [] } = {}]) =>
    securityGroups.flatMap((group, index) => {
      const path = `${section}securityGroups.${index}`;
      return own.includes(group) ? [{ path, message: `"${group}" is one that Firesteel makes: leave it out` }] : [];
    }),
  );
}

function confIssues(spec: SparkClusterSpec): PlanIssue[] {
  return sparkConfConflicts(Object.keys(spec.spark?.conf ?? {})).map(({ key, reason }) => ({
    path: `spark.conf.${key}`,
    message: reason,
  }));
}

function hostKeyIssues(spec: SparkClusterSpec, groups: readonly NodeGroupPlan[]): PlanIssue[] {
  const nodes = plannedNodes({ groups }).map(({ name }) => name);
  return Object.keys(spec.hostKeys ?? {})
    .filter((name) => !nodes.includes(name))
    .map((name) => ({
      path: `hostKeys.${name}`,
      message: `no such node${didYouMean(name, nodes)}: the cluster has ${nodes.join(', ')}`,
    }));
}
