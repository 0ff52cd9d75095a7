import type { Construct } from 'constructs';
import type { NodeGroup } from '../constructs/node-group';
import type { NodeRegister } from '../plan/node-register';
import { sparkClusterPlan } from '../plan/spark-cluster';
import type { SparkClusterSpec } from '../plan/spark-spec';
import { ClusterStack } from './cluster-stack';
import type { CommonReference } from './common-reference';

export interface SparkClusterStackProps extends Omit<SparkClusterSpec, 'common'> {
  /** Where network, key pair and shared groups are: `CommonStack.fromName('common')`. */
  readonly common: CommonReference;
  /** Which nodes exist, for clusters that have shrunk. @default - the first `count` of each group */
  readonly nodes?: NodeRegister;
}

/** The servers of a Spark standalone cluster; `firesteel configure` makes them one. */
export class SparkClusterStack extends ClusterStack {
  /** @throws {PlanError} for every prop that is wrong */
  constructor(scope: Construct, id: string, props: SparkClusterStackProps) {
    const { common, nodes, ...spec } = props;
    super(scope, id, { plan: sparkClusterPlan(id, spec, nodes), common });
  }

  get master(): NodeGroup {
    return this.findGroup('master');
  }

  get workers(): NodeGroup {
    return this.findGroup('worker');
  }

  /** @throws {Error} when the cluster has no ZooKeeper on nodes of its own */
  get zookeeper(): NodeGroup {
    return this.findGroup('zookeeper');
  }

  /** @throws {Error} when the cluster has no bastion of its own */
  get bastion(): NodeGroup {
    return this.findGroup('bastion');
  }
}
