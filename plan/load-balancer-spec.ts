import { z } from 'zod';
import { address, cidr, text } from './_fields';

/** A load balancer in front of the nodes with a tag, as the user writes it. */
export interface LoadBalancerSpec {
  /** Its members are the nodes of all groups with this tag. */
  readonly tag: string;
  /** Where it listens. */
  readonly port: number;
  /** @default 'http' */
  readonly protocol?: 'http' | 'tcp';
  /** Where its members listen. @default - where it listens */
  readonly memberPort?: number;
  /** @default 'roundrobin' */
  readonly balance?: 'roundrobin' | 'leastconn';
  /** `tcp`: a member is well while it accepts connections; a path: while that is answered with a status below 500. @default - `/`, or `tcp` */
  readonly check?: string;
  /** A new public address, none, or the address of one that the project has already. @default false */
  readonly floatingIp?: boolean | string;
  /** Its fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** Address ranges (CIDR) that may connect. @default - everybody where it has a floating IP, else nobody but `clients` */
  readonly from?: readonly string[];
  /** Roles of the cluster whose nodes may connect. @default [] */
  readonly clients?: readonly string[];
  /** The cloud's load balancer service, or the nodes with the role haproxy. @default - haproxy where a group has that role */
  readonly by?: 'octavia' | 'haproxy';
}

const port = z.number().int().min(1).max(65535);

const loadBalancer = z.strictObject({
  tag: text.describe('Its members are the nodes of all groups with this tag.'),
  port: port.describe('Where it listens.'),
  protocol: z.enum(['http', 'tcp']).default('http'),
  memberPort: port.optional().describe('Where its members listen; absent: where it listens itself.'),
  balance: z.enum(['roundrobin', 'leastconn']).default('roundrobin'),
  check: z
    .union([z.literal('tcp'), z.string().regex(/^\/[!-~]*$/, 'must be tcp, or a path such as /health')])
    .optional()
    .describe('tcp = a member is well while it accepts connections; a path: while its answer has a status below 500.'),
  floatingIp: z
    .union([z.boolean(), address])
    .default(false)
    .describe('A new public address, or the address of one that the project has.'),
  address: address.optional().describe('Fixed IPv4 address; absent: the subnet gives one.'),
  from: z
    .array(cidr)
    .min(1, 'names nobody: give at least one address range')
    .optional()
    .describe('Address ranges that may connect; absent: everybody where it has a floating IP, else only clients.'),
  clients: z.array(text).default([]).describe('Roles of the cluster whose nodes may connect.'),
  by: z
    .enum(['octavia', 'haproxy'])
    .optional()
    .describe(
      "The cloud's load balancer service, or the nodes with the role haproxy; absent: those where there are some.",
    ),
});

export const loadBalancersSchema = z
  .record(z.string(), loadBalancer)
  .default({})
  .describe('Load balancers by name, each in front of the nodes with a tag.');
