import { z } from 'zod';
import { address, name, text } from './_fields';
import { isFloatingIpChoice, noFloatingIpChoice } from './_node-addresses';
import { type RootDiskSpec, rootAndSwapFields, type SwapSpec } from './root-and-swap';

export interface NodeGroupSpec {
  /** Name of the flavor. */
  readonly flavor: string;
  /** Name of the image. @default - the cluster's */
  readonly image?: string;
  /** New servers boot from a volume made from the image; what is there stays as it is. @default - from the flavor's disk */
  readonly root?: RootDiskSpec;
  /** Of the nodes' swap file. @default - they have none */
  readonly swap?: SwapSpec;
  /** @default [] */
  readonly volumes?: readonly VolumeSpec[];
  /** How the servers are laid over hypervisors: apart where possible, apart or not at all, or anyhow. @default 'spread' */
  readonly placement?: 'spread' | 'strict' | 'any';
  /** @default - the cloud's choice */
  readonly availabilityZone?: string;
  /** Names of security groups that the cloud has already, worn besides the cluster's. @default [] */
  readonly securityGroups?: readonly string[];
  /** Fixed IPv4 addresses by node, in the order of their numbers. @default - the subnet gives them */
  readonly addresses?: readonly string[];
}

/**
 * A new floating IP for each node, or by node in the order of their numbers: `new`, `none`, or the address of one that
 * the project has already and keeps. Nodes beyond the list have none.
 */
export type FloatingIpSpec = boolean | readonly string[];

export interface BastionSpec {
  readonly flavor: string;
  /** @default - the cluster's */
  readonly image?: string;
  /** As for other groups. @default [] */
  readonly securityGroups?: readonly string[];
}

export interface VolumeSpec {
  readonly name: string;
  readonly sizeGiB: number;
  /** Folder it is mounted on, e.g. `/mnt/data`. */
  readonly mount: string;
  /** @default 'ext4' */
  readonly filesystem?: 'ext4' | 'xfs';
  /** Cinder's volume type. @default - the cloud's */
  readonly type?: string;
}

const volume = z.strictObject({
  name,
  sizeGiB: z.number().int().min(1),
  mount: z.string().regex(/^\/[A-Za-z0-9/_.-]+$/, 'must be an absolute path such as /mnt/data'),
  filesystem: z.enum(['ext4', 'xfs']).default('ext4'),
  type: text.optional(),
});

export const securityGroups = z
  .array(text)
  .default([])
  .describe("Names of security groups that the cloud has already, worn besides the cluster's own.");

export const floatingIp = z.union([
  z.boolean(),
  z.array(z.string().refine(isFloatingIpChoice, { error: (issue) => noFloatingIpChoice(issue.input) })),
]);

export const groupFields = {
  flavor: text.describe('Name of the flavor.'),
  image: text.optional().describe("Name of the image; absent: the cluster's."),
  ...rootAndSwapFields,
  volumes: z.array(volume).default([]),
  placement: z
    .enum(['spread', 'strict', 'any'])
    .default('spread')
    .describe('How servers are laid over hypervisors: apart where possible, apart or not at all, or anyhow.'),
  availabilityZone: text.optional(),
  securityGroups,
  addresses: z
    .array(address)
    .default([])
    .describe('Fixed IPv4 addresses by node, in the order of their numbers; of the others the subnet gives them.'),
};

export const bastionSchema = z
  .strictObject({ flavor: groupFields.flavor, image: groupFields.image, securityGroups })
  .optional()
  .describe('A node of its own that the others are reached through.');
