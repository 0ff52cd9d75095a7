import type { PlanIssue } from './plan-error';
import type { SparkClusterSpec, ZookeeperGroupSpec } from './spark-spec';

const SIZES = [1, 3, 5];
const DEFAULT_SIZE = 3;

/** The ZooKeeper servers on nodes of their own; undefined where there are none, or they run beside the masters. */
export function ownZookeepers({
  zookeeper,
}: SparkClusterSpec): (Required<Pick<ZookeeperGroupSpec, 'count'>> & ZookeeperGroupSpec) | undefined {
  return zookeeper && !('onMasters' in zookeeper)
    ? { ...zookeeper, count: zookeeper.count ?? DEFAULT_SIZE }
    : undefined;
}

/** Whether each master has a ZooKeeper server beside it. */
export function zookeeperOnMasters({ zookeeper }: SparkClusterSpec): boolean {
  return zookeeper !== undefined && 'onMasters' in zookeeper;
}

/** How many ZooKeeper servers the cluster has. */
export function zookeeperCount(spec: SparkClusterSpec): number {
  return ownZookeepers(spec)?.count ?? (zookeeperOnMasters(spec) ? (spec.master.count ?? 1) : 0);
}

/** What is wrong with the ZooKeeper that a cluster is to have. */
export function zookeeperIssues(spec: SparkClusterSpec): PlanIssue[] {
  return spec.zookeeper ? [...sizeIssues(spec), ...confIssues(spec)] : [];
}

function sizeIssues(spec: SparkClusterSpec): PlanIssue[] {
  const size = zookeeperCount(spec);
  if (SIZES.includes(size)) return [];
  if (ownZookeepers(spec)) return [{ path: 'zookeeper.count', message: `must be 1, 3 or 5, got ${size}${why(size)}` }];
  const message = `needs 1, 3 or 5 masters, got ${size}${why(size)}. Set master.count to 3, or give zookeeper a flavor, which makes it nodes of its own`;
  return [{ path: 'zookeeper.onMasters', message }];
}

function why(size: number): string {
  if (size < 2 || size % 2 !== 0) return '';
  return `: more than half of them have to live, so ${size} bear the loss of no more than ${size - 1} do`;
}

function confIssues({ spark }: SparkClusterSpec): PlanIssue[] {
  const { 'spark.deploy.recoveryMode': mode, 'spark.deploy.zookeeper.url': url } = spark?.conf ?? {};
  const clashes = {
    ...(mode !== undefined && String(mode).toUpperCase() !== 'ZOOKEEPER' && { 'spark.deploy.recoveryMode': mode }),
    ...(url !== undefined && { 'spark.deploy.zookeeper.url': url }),
  };
  return Object.keys(clashes).map((key) => ({
    path: `spark.conf.${key}`,
    message: "is set by firesteel for the cluster's own ZooKeeper: leave it out, or take zookeeper out of the plan",
  }));
}
