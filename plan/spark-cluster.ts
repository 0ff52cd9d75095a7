import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import { sparkMastersConflict } from '../roles/spark/conf';
import { sparkHistory } from '../roles/spark/spark-history';
import { sparkMaster } from '../roles/spark/spark-master';
import { sparkWorker } from '../roles/spark/spark-worker';
import { zookeeper } from '../roles/zookeeper/zookeeper';
import { assemble } from './_assemble';
import { bastionSection, type GroupSection } from './_group-sections';
import { givesFloatingIp } from './_node-addresses';
import { textConf } from './_software';
import type { ClusterPlan } from './cluster-plan';
import { EMPTY_REGISTER, type NodeRegister } from './node-register';
import type { PlanIssue } from './plan-error';
import { type ScalableGroups, scalable } from './scalable-group';
import type { SparkClusterSpec } from './spark-spec';
import { ownZookeepers, zookeeperCount, zookeeperIssues, zookeeperOnMasters } from './zookeeper';

const MASTERS = scalable('master', ['master']);
const WORKERS = scalable('worker', ['workers']);

/** What of a Spark cluster can be made more or fewer, by the words for it. */
export const SPARK_SCALABLE: ScalableGroups = { workers: WORKERS, worker: WORKERS, masters: MASTERS, master: MASTERS };

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
  const issues = [...mastersIssues(spec), ...zookeeperIssues(spec)];
  return assemble(name, spec, { sections: sectionsOf(spec), issues }, register);
}

function sectionsOf(spec: SparkClusterSpec): GroupSection[] {
  const masterFloatingIp = spec.master.floatingIp ?? !spec.bastion;
  const mastersLead = givesFloatingIp(masterFloatingIp) && !spec.bastion;
  const beside = [...(mastersLead ? [bastion] : []), ...(zookeeperOnMasters(spec) ? [zookeeper] : [])];
  const zookeepers = ownZookeepers(spec);
  return [
    ...(spec.bastion ? [bastionSection(spec.bastion)] : []),
    {
      path: 'master',
      name: 'master',
      roles: [node, ...beside, sparkMaster, sparkHistory],
      count: spec.master.count ?? 1,
      floatingIp: masterFloatingIp,
      spec: spec.master,
    },
    ...(zookeepers
      ? [
          {
            ...{ path: 'zookeeper', name: 'zookeeper', roles: [node, zookeeper] },
            ...{ count: zookeepers.count, floatingIp: false, spec: zookeepers },
          },
        ]
      : []),
    {
      path: 'workers',
      name: 'worker',
      roles: [node, sparkWorker],
      count: spec.workers.count,
      floatingIp: spec.workers.floatingIp ?? false,
      spec: spec.workers,
    },
  ];
}

function mastersIssues(spec: SparkClusterSpec): PlanIssue[] {
  const conflict = sparkMastersConflict(spec.master.count ?? 1, textConf(spec.spark ?? {}), zookeeperCount(spec));
  return conflict === undefined ? [] : [{ path: 'master.count', message: conflict }];
}
