import { z } from 'zod';
import { count } from './_fields';
import { type BaseSpec, baseFields, sparkFields } from './base-spec';
import {
  type BastionSpec,
  bastionSchema,
  type FloatingIpSpec,
  floatingIp,
  groupFields,
  type NodeGroupSpec,
} from './group-spec';

/** A Spark standalone cluster, as the user writes it. */
export interface SparkClusterSpec extends BaseSpec {
  readonly master: SparkMasterSpec;
  readonly workers: SparkWorkersSpec;
  /** A node of its own that the others are reached through. @default - the masters' floating IPs are used */
  readonly bastion?: BastionSpec;
  /** What several masters agree through on who leads: nodes of its own, or beside the masters. @default - there is none */
  readonly zookeeper?: ZookeeperGroupSpec | ZookeeperOnMastersSpec;
}

export interface SparkMasterSpec extends NodeGroupSpec {
  /** @default 1 */
  readonly count?: number;
  /** @default true, or false where there is a bastion */
  readonly floatingIp?: FloatingIpSpec;
}

export interface SparkWorkersSpec extends NodeGroupSpec {
  readonly count: number;
  /** @default false */
  readonly floatingIp?: FloatingIpSpec;
}

export interface ZookeeperGroupSpec extends NodeGroupSpec {
  /** 1, 3 or 5; more than half of them have to live. @default 3 */
  readonly count?: number;
}

export interface ZookeeperOnMastersSpec {
  /** A server beside each of the 1, 3 or 5 masters. */
  readonly onMasters: true;
}

export const sparkSchema = z.strictObject({
  kind: z.literal('spark'),
  ...baseFields,
  ...sparkFields,
  master: z.strictObject({
    ...groupFields,
    count: count.default(1),
    floatingIp: floatingIp
      .optional()
      .describe(
        'A new floating IP for each master (absent: yes, unless there is a bastion), or by master: new, none, or the address of one that the project has.',
      ),
  }),
  workers: z.strictObject({
    ...groupFields,
    count,
    floatingIp: floatingIp.default(false).describe('A new floating IP for each worker, or by worker, as with master.'),
  }),
  bastion: bastionSchema,
  zookeeper: z
    .union([
      z.strictObject({
        ...groupFields,
        count: count.default(3).describe('1, 3 or 5; more than half of them have to live.'),
      }),
      z.strictObject({
        onMasters: z
          .boolean()
          .refine((on) => on, 'must be true; without a ZooKeeper, leave the section out')
          .transform(() => true as const)
          .describe('A server beside each of the 1, 3 or 5 masters.'),
      }),
    ])
    .optional()
    .describe('What several masters agree through on who leads: nodes of its own, or beside the masters.'),
});
