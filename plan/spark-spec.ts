import { z } from 'zod';
import { PYTHON_REQUIREMENT } from '../operations/python-packages';
import { address, count, duration, name, text } from './_fields';
import { isFloatingIpChoice, noFloatingIpChoice } from './_node-addresses';
import { type StateBackend, stateBackendSchema } from './state-backend';

/** A Spark standalone cluster, as the user writes it. */
export interface SparkClusterSpec {
  /** Entry of clouds.yaml. @default - what the shell's `OS_*` variables say */
  readonly cloud?: string;
  /** @default - the cloud's */
  readonly region?: string;
  /** Name of the common environment whose network, key pair and groups are used. @default 'common' */
  readonly common?: string;
  /** Name of the image of all nodes. @default - each group names its own */
  readonly image?: string;
  /** Names of security groups that the cloud has already, worn by all nodes besides the cluster's own. @default [] */
  readonly securityGroups?: readonly string[];
  readonly master: SparkMasterSpec;
  readonly workers: SparkWorkersSpec;
  /** A node of its own that the others are reached through. @default - the masters' floating IPs are used */
  readonly bastion?: BastionSpec;
  /** What several masters agree through on who leads: nodes of its own, or beside the masters. @default - there is none */
  readonly zookeeper?: ZookeeperGroupSpec | ZookeeperOnMastersSpec;
  readonly spark?: SparkSoftwareSpec;
  readonly python?: {
    /** Requirements for pip, e.g. `numpy==2.1.3`, in the Python that jobs run with on every node. @default [] */
    readonly packages?: readonly string[];
  };
  readonly apt?: {
    /** Debian packages installed on every node. @default [] */
    readonly packages?: readonly string[];
  };
  /** Host keys by node (`worker-0`), as known_hosts lines or SHA256 fingerprints. @default - read from the console log */
  readonly hostKeys?: Readonly<Record<string, readonly string[]>>;
  /** As seconds or `90s`, `10m`, `1h`. */
  readonly timeouts?: TimeoutsSpec;
  /** Where Terraform keeps the state. @default - where the project's common environment keeps its own */
  readonly state?: StateBackend;
}

export interface NodeGroupSpec {
  /** Name of the flavor. */
  readonly flavor: string;
  /** Name of the image. @default - the cluster's */
  readonly image?: string;
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

export interface SparkSoftwareSpec {
  /** @default - the newest version that Firesteel is tested with */
  readonly version?: string;
  /** Where it comes from. @default - the source distribution on PyPI, for versions whose checksum Firesteel knows */
  readonly source?: { readonly sha256: string } | { readonly url: string; readonly sha512: string };
  /** Lines of spark-defaults.conf; the security ones are not to be changed. @default {} */
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
  /** Maven coordinates `group:artifact:version`. @default [] */
  readonly packages?: readonly string[];
}

export interface TimeoutsSpec {
  /** Until a server is ACTIVE. @default 10m */
  readonly server?: string | number;
  /** Until SSH answers. @default 5m */
  readonly ssh?: string | number;
  /** Until cloud-init has finished. @default 10m */
  readonly cloudInit?: string | number;
  /** Until a started service is healthy. @default 3m */
  readonly health?: string | number;
}

const volume = z.strictObject({
  name,
  sizeGiB: z.number().int().min(1),
  mount: z.string().regex(/^\/[A-Za-z0-9/_.-]+$/, 'must be an absolute path such as /mnt/data'),
  filesystem: z.enum(['ext4', 'xfs']).default('ext4'),
  type: text.optional(),
});

const securityGroups = z
  .array(text)
  .default([])
  .describe("Names of security groups that the cloud has already, worn besides the cluster's own.");

const floatingIp = z.union([
  z.boolean(),
  z.array(z.string().refine(isFloatingIpChoice, { error: (issue) => noFloatingIpChoice(issue.input) })),
]);

const group = {
  flavor: text.describe('Name of the flavor.'),
  image: text.optional().describe("Name of the image; absent: the cluster's."),
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

const conf = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .describe('Lines of spark-defaults.conf; the security ones are not to be changed.');

const MAVEN = /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.+-]+$/;
const APT = /^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$/;
const SHA256 = /^[0-9a-f]{64}$/;
const SHA512 = /^[0-9a-f]{128}$/;

export const sparkSchema = z.strictObject({
  kind: z.literal('spark'),
  cloud: text.optional().describe("Entry of clouds.yaml; absent: the shell's OS_* variables."),
  region: text.optional(),
  common: name.default('common').describe('The common environment whose network, key pair and groups are used.'),
  image: text.optional().describe('Name of the image of all nodes.'),
  securityGroups,
  master: z.strictObject({
    ...group,
    count: count.default(1),
    floatingIp: floatingIp
      .optional()
      .describe(
        'A new floating IP for each master (absent: yes, unless there is a bastion), or by master: new, none, or the address of one that the project has.',
      ),
  }),
  workers: z.strictObject({
    ...group,
    count,
    floatingIp: floatingIp.default(false).describe('A new floating IP for each worker, or by worker, as with master.'),
  }),
  bastion: z
    .strictObject({ flavor: group.flavor, image: group.image, securityGroups })
    .optional()
    .describe('A node of its own that the others are reached through.'),
  zookeeper: z
    .union([
      z.strictObject({ ...group, count: count.default(3).describe('1, 3 or 5; more than half of them have to live.') }),
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
  spark: z
    .strictObject({
      version: z
        .string()
        .regex(/^\d+\.\d+\.\d+$/, 'must be a version such as 3.5.9, in quotes')
        .optional(),
      source: z
        .union([
          z.strictObject({ sha256: z.string().regex(SHA256, 'must be 64 hexadecimal digits') }),
          z.strictObject({ url: z.url(), sha512: z.string().regex(SHA512, 'must be 128 hexadecimal digits') }),
        ])
        .optional()
        .describe('PyPI with a checksum of your own, or a tarball by its address.'),
      conf: conf.default({}),
      packages: z.array(z.string().regex(MAVEN, 'must be Maven coordinates group:artifact:version')).default([]),
    })
    .prefault({}),
  python: z
    .strictObject({
      packages: z
        .array(
          z
            .string()
            .regex(
              PYTHON_REQUIREMENT,
              'must be a Python requirement such as numpy==2.3.1, on one line and beginning with a letter or digit',
            ),
        )
        .default([])
        .describe('Requirements for pip.'),
    })
    .prefault({}),
  apt: z
    .strictObject({ packages: z.array(z.string().regex(APT, 'must be the name of a Debian package')).default([]) })
    .prefault({}),
  hostKeys: z
    .record(z.string(), z.array(text))
    .default({})
    .describe('Host keys by node, as known_hosts lines or SHA256 fingerprints, where the cloud gives no console log.'),
  timeouts: z
    .strictObject({
      server: duration.optional().describe('Until a server is ACTIVE; absent: 10m.'),
      ssh: duration.optional().describe('Until SSH answers; absent: 5m.'),
      cloudInit: duration.optional().describe('Until cloud-init has finished; absent: 10m.'),
      health: duration.optional().describe('Until a started service is healthy; absent: 3m.'),
    })
    .prefault({}),
  state: stateBackendSchema
    .optional()
    .describe('Where Terraform keeps its state; absent: where the common environment keeps its own.'),
});
