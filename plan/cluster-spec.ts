import { z } from 'zod';
import type { Role } from '../roles/role';
import { address, cidr, count, text } from './_fields';
import { type BaseSpec, baseFields, sparkFields } from './base-spec';
import {
  type BastionSpec,
  bastionSchema,
  type FloatingIpSpec,
  floatingIp,
  groupFields,
  type NodeGroupSpec,
} from './group-spec';
import { type LoadBalancerSpec, loadBalancersSchema } from './load-balancer-spec';
import { type RegionsSpec, regionsSchema } from './region-spec';
import { type StepsSpec, stepsSchema } from './steps-spec';

/** A cluster of any software, as the user writes it. */
export interface ClusterSpec extends BaseSpec {
  /** Node groups by name: lower-case letters and digits, beginning with a letter. Nodes are `<group>-0`, `<group>-1`, … */
  readonly groups: Readonly<Record<string, ClusterGroupSpec>>;
  /** Regions of the cloud that the cluster is in. @default - one, that of `region` */
  readonly regions?: RegionsSpec;
  /** Groups that several regions have, each with its own nodes. @default {} */
  readonly regionTemplates?: Readonly<Record<string, RegionTemplateSpec>>;
  /** A node of its own that the others are reached through. @default - the first group with a floating IP */
  readonly bastion?: BastionSpec;
  /** Load balancers by name, each in front of the nodes with a tag. @default {} */
  readonly loadBalancers?: Readonly<Record<string, LoadBalancerSpec>>;
  /** What roles let a plan say of them, by their names; `docs/roles.md` has all of it. @default {} */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface RegionTemplateSpec {
  /** As those of the cluster. In `hostname` and `fqdn` `{region}` stands for the region's prefix. */
  readonly groups: Readonly<Record<string, ClusterGroupSpec>>;
}

export interface ClusterGroupSpec extends NodeGroupSpec {
  /** @default 1 */
  readonly count?: number;
  /** The cloud's name of the region that it is in; only in a plan with `regions`. */
  readonly region?: string;
  /** Names of bundled roles, or roles of your own. A file names one of your own by the module it stands in: `./roles/etcd.js`. @default [] */
  readonly roles?: readonly (string | Role)[];
  /** @default - one for the first node of the first group, where no group and no bastion says anything of it; else false */
  readonly floatingIp?: FloatingIpSpec;
  /** What a node calls itself, one label; `{n}` is its number: `spark-{n}`. @default - as its server is called */
  readonly hostname?: string;
  /** Its full names, which all nodes of the cluster know: `spark-{n}.iot.example`. @default - none */
  readonly fqdn?: { readonly private?: string; readonly public?: string };
  /** Words by which load balancers and the like choose groups. @default [] */
  readonly tags?: readonly string[];
  /** TCP ports that are open to addresses outside of the cluster. @default [] */
  readonly publicPorts?: readonly PublicPortSpec[];
  /** An address that one node of the group has besides its own, and another when that fails; needs the role keepalived. @default false */
  readonly virtualIp?: boolean | VirtualIpSpec;
  /** Scripts of your own that the nodes run at a moment. @default {} */
  readonly steps?: StepsSpec;
  /** A file for cloud-init (cloud-config, a script, a MIME archive) that new servers get as their user data. @default - none */
  readonly cloudInit?: string;
}

export interface PublicPortSpec {
  readonly port: number;
  /** Address ranges (CIDR), e.g. `0.0.0.0/0` for everybody. */
  readonly from: readonly string[];
}

export interface VirtualIpSpec {
  /** Fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** A new public address that leads to it, none, or the address of one that the project has already. @default false */
  readonly floatingIp?: boolean | string;
  /** Its full names in the zones of `dns`. @default - `<environment>-<group>` in each zone, where the plan has `dns` */
  readonly fqdn?: { readonly private?: string; readonly public?: string };
}

const publicPort = z.strictObject({
  port: z.number().int().min(1).max(65535),
  from: z.array(cidr).min(1, 'names nobody: give at least one address range'),
});

export const virtualIpSchema = z.strictObject({
  address: address.optional().describe('Fixed IPv4 address; absent: the subnet gives one.'),
  floatingIp: z
    .union([z.boolean(), address])
    .optional()
    .describe('A new public address that leads to it, or the address of one that the project has.'),
  fqdn: z
    .strictObject({ private: text.optional(), public: text.optional() })
    .optional()
    .describe('Its full names in the zones of dns; absent: environment and group.'),
});

const clusterGroup = z.strictObject({
  ...groupFields,
  count: count.default(1),
  region: text.optional().describe("The cloud's name of the region that it is in; only in a plan with regions."),
  roles: z.array(text).default([]).describe('Names of bundled roles, or modules of your own such as ./roles/etcd.js.'),
  floatingIp: floatingIp
    .optional()
    .describe('A new floating IP for each node, or by node: new, none, or the address of one that the project has.'),
  hostname: text.optional().describe('What a node calls itself, one label; {n} is its number: spark-{n}.'),
  fqdn: z
    .strictObject({ private: text.optional(), public: text.optional() })
    .optional()
    .describe('Full names of a node, which all nodes of the cluster know: spark-{n}.iot.example.'),
  tags: z.array(text).default([]).describe('Words by which load balancers and the like choose groups.'),
  publicPorts: z.array(publicPort).default([]).describe('TCP ports that are open to addresses outside of the cluster.'),
  virtualIp: z
    .union([z.boolean(), virtualIpSchema])
    .default(false)
    .describe('An address that one node of the group has, and another when that fails; needs the role keepalived.'),
  steps: stepsSchema,
  cloudInit: text
    .optional()
    .describe('A file for cloud-init (cloud-config, a script, a MIME archive): user data of new servers. No secrets.'),
});

export const clusterSchema = z.strictObject({
  kind: z.literal('cluster'),
  ...baseFields,
  ...sparkFields,
  bastion: bastionSchema,
  regions: regionsSchema,
  regionTemplates: z
    .record(z.string(), z.strictObject({ groups: z.record(z.string(), clusterGroup) }))
    .default({})
    .describe('Groups that several regions have; in their names {region} stands for the prefix of the region.'),
  groups: z
    .record(z.string(), clusterGroup)
    .default({})
    .describe('Node groups by name: lower-case letters and digits, beginning with a letter.'),
  loadBalancers: loadBalancersSchema,
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What roles let a plan say of them, by their names.'),
});
