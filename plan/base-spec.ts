import { z } from 'zod';
import { PYTHON_REQUIREMENT } from '../operations/python-packages';
import { EGRESS, type Egress } from '../roles/settings';
import { duration, name, text } from './_fields';
import { type DnsSpec, dnsSchema } from './dns-spec';
import { securityGroups } from './group-spec';
import { type StateBackend, stateBackendSchema } from './state-backend';

/** What the user may write of a cluster of any kind. */
export interface BaseSpec {
  /** Entry of clouds.yaml. @default - what the shell's `OS_*` variables say */
  readonly cloud?: string;
  /** @default - the cloud's */
  readonly region?: string;
  /** Name of the common environment whose network, key pair and groups are used. @default 'common' */
  readonly common?: string;
  /** Name of the image of all nodes; of one that begins with `firesteel-`, the newest that fits. @default - each group names its own */
  readonly image?: string;
  /** Names of security groups that the cloud has already, worn by all nodes besides the cluster's own. @default [] */
  readonly securityGroups?: readonly string[];
  readonly spark?: SparkSoftwareSpec;
  readonly python?: {
    /** Requirements for pip, e.g. `numpy==2.1.3`, in the Python that jobs run with on every node. @default [] */
    readonly packages?: readonly string[];
  };
  readonly apt?: {
    /** Debian packages installed on every node. @default [] */
    readonly packages?: readonly string[];
  };
  /** Zones of the cloud's DNS in which the nodes have records. @default - none */
  readonly dns?: DnsSpec;
  /**
   * How nodes come to packages: `open` = they reach mirrors (TCP 80 and 443 anywhere) always; `configure` = only while
   * `configure`, `up`, `scale` and the like install; `none` = never: packages come through our SSH connections.
   * @default 'configure'; 'open' where `spark.packages` are asked for, which jobs fetch when they are submitted
   */
  readonly egress?: Egress;
  /** Host keys by node (`worker-0`), as known_hosts lines or SHA256 fingerprints. @default - read from the console log */
  readonly hostKeys?: Readonly<Record<string, readonly string[]>>;
  /** As seconds or `90s`, `10m`, `1h`. */
  readonly timeouts?: TimeoutsSpec;
  /** Where Terraform keeps the state. @default - where the project's common environment keeps its own */
  readonly state?: StateBackend;
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

const conf = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .describe('Lines of spark-defaults.conf; the security ones are not to be changed.');

const MAVEN = /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.+-]+$/;
const APT = /^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$/;
const SHA256 = /^[0-9a-f]{64}$/;
const SHA512 = /^[0-9a-f]{128}$/;

/** Of the kinds that may have Spark. */
export const sparkFields = {
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
};

export const baseFields = {
  cloud: text.optional().describe("Entry of clouds.yaml; absent: the shell's OS_* variables."),
  region: text.optional(),
  common: name.default('common').describe('The common environment whose network, key pair and groups are used.'),
  image: text
    .optional()
    .describe('Name of the image of all nodes; of one that begins with firesteel-, the newest that fits.'),
  securityGroups,
  apt: z
    .strictObject({ packages: z.array(z.string().regex(APT, 'must be the name of a Debian package')).default([]) })
    .prefault({}),
  dns: dnsSchema,
  egress: z
    .enum(EGRESS)
    .optional()
    .describe(
      'When nodes reach package mirrors (TCP 80 and 443 anywhere): configure = while it installs, none = never (packages come through SSH), open = always. Absent: configure, or open where there are spark.packages.',
    ),
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
};
