import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import type { Role } from '../roles/role';
import type { Settings, SparkSource } from '../roles/settings';
import { sparkConfConflicts, sparkMastersConflict } from '../roles/spark-conf';
import { sparkHistory } from '../roles/spark-history';
import { sparkMaster } from '../roles/spark-master';
import { DEFAULT_SPARK_VERSION, SPARK_VERSIONS } from '../roles/spark-versions';
import { sparkWorker } from '../roles/spark-worker';
import { seconds } from './_fields';
import { isName, NAME_RULE } from './_names';
import { didYouMean } from './_suggest';
import { type ClusterPlan, type NodeGroupPlan, nodeName, type Timeouts } from './cluster-plan';
import { EMPTY_REGISTER, type NodeRegister, restingOf, updateRegister } from './node-register';
import { PlanError, type PlanIssue } from './plan-error';
import type { NodeGroupSpec, SparkClusterSpec, SparkSoftwareSpec, TimeoutsSpec } from './spark-spec';

/**
 * The cluster plan of a Spark standalone cluster: group `master` (master, history server), group `worker`, and
 * `bastion` where the spec has one.
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
  issues.push(...countIssues(spec), ...mastersIssues(spec), ...imageIssues(spec), ...confIssues(spec));
  const source = sparkSource(spec.spark ?? {}, issues);
  const groups = nodeGroups(spec, updateRegister(register, nodeCounts(spec)));
  issues.push(...volumeIssues(spec), ...hostKeyIssues(spec, groups));
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
  };
}

function nodeCounts(spec: SparkClusterSpec): Record<string, number> {
  return {
    ...(spec.bastion && { bastion: 1 }),
    master: spec.master.count ?? 1,
    worker: spec.workers.count,
  };
}

function nodeGroups(spec: SparkClusterSpec, register: NodeRegister): NodeGroupPlan[] {
  const mastersReachable = spec.master.floatingIp ?? !spec.bastion;
  const masterRoles = [node, ...(mastersReachable && !spec.bastion ? [bastion] : []), sparkMaster, sparkHistory];
  const group = (name: string, roles: Role[], own: NodeGroupSpec, floatingIp: boolean): NodeGroupPlan => ({
    name,
    roles,
    flavor: own.flavor,
    image: own.image ?? spec.image ?? '',
    numbers: register.groups[name]?.nodes ?? [],
    ...restingOf(register.groups[name]?.resting ?? {}),
    floatingIp,
    volumes: (own.volumes ?? []).map((volume) => ({ filesystem: 'ext4' as const, ...volume })),
    placement: own.placement ?? 'spread',
    ...(own.availabilityZone !== undefined && { availabilityZone: own.availabilityZone }),
  });
  return [
    ...(spec.bastion ? [group('bastion', [node, bastion], { ...spec.bastion, placement: 'any' }, true)] : []),
    group('master', masterRoles, spec.master, mastersReachable),
    group('worker', [node, sparkWorker], spec.workers, spec.workers.floatingIp ?? false),
  ];
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

function mastersIssues({ master, spark }: SparkClusterSpec): PlanIssue[] {
  const conflict = sparkMastersConflict(master.count ?? 1, textConf(spark ?? {}));
  return conflict === undefined ? [] : [{ path: 'master.count', message: conflict }];
}

function textConf({ conf = {} }: SparkSoftwareSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(conf).map(([key, value]) => [key, String(value)]));
}

function imageIssues(spec: SparkClusterSpec): PlanIssue[] {
  if (spec.image) return [];
  const groups = { master: spec.master, workers: spec.workers, ...(spec.bastion && { bastion: spec.bastion }) };
  return Object.entries(groups)
    .filter(([, group]) => !group.image)
    .map(([path]) => ({ path, message: 'has no image: name one here, or for all groups as "image:" at the top' }));
}

/** A volume's name is part of its node's constructs. */
function volumeIssues({ master, workers }: SparkClusterSpec): PlanIssue[] {
  return Object.entries({ master, workers }).flatMap(([path, { volumes = [] }]) => {
    const names = volumes.map(({ name }) => name);
    return names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ path: `${path}.volumes.${index}.name`, message: `there is a volume "${name}" already: give it another` }],
    );
  });
}

function confIssues(spec: SparkClusterSpec): PlanIssue[] {
  return sparkConfConflicts(Object.keys(spec.spark?.conf ?? {})).map(({ key, reason }) => ({
    path: `spark.conf.${key}`,
    message: reason,
  }));
}

function hostKeyIssues(spec: SparkClusterSpec, groups: readonly NodeGroupPlan[]): PlanIssue[] {
  const nodes = groups.flatMap((group) => group.numbers.map((number) => nodeName(group, number)));
  return Object.keys(spec.hostKeys ?? {})
    .filter((name) => !nodes.includes(name))
    .map((name) => ({
      path: `hostKeys.${name}`,
      message: `no such node${didYouMean(name, nodes)}: the cluster has ${nodes.join(', ')}`,
    }));
}
