import { z } from 'zod';
import { cidr, count, text } from './_fields';
import { type BaseSpec, baseFields } from './base-spec';
import { type VirtualIpSpec, virtualIpSchema } from './cluster-spec';
import { type BastionSpec, bastionSchema, groupFields, type NodeGroupSpec } from './group-spec';

/** A web application behind a pair of balancers, as the user writes it. */
export interface WebClusterSpec extends Omit<BaseSpec, 'spark' | 'python'> {
  /** Folder with the application's code, from the project's folder on: `./apps/blog`. */
  readonly app: string;
  /** The application's servers: each nginx, and behind it gunicorn with the application. */
  readonly servers: WebServersSpec;
  /** Two nodes with haproxy and keepalived, of which one has the address that the world knows. */
  readonly balancers: NodeGroupSpec;
  /** A node of its own that the others are reached through. @default - the balancers' floating IPs are used */
  readonly bastion?: BastionSpec;
  /** The address that the balancers share. @default - a new floating IP leads to one that the subnet gives */
  readonly virtualIp?: VirtualIpSpec;
  /** Address ranges (CIDR) that may open the application. @default ['0.0.0.0/0'] */
  readonly publicTo?: readonly string[];
  /** What roles let a plan say of them, by their names; `docs/roles.md` has all of it. @default {} */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface WebServersSpec extends NodeGroupSpec {
  readonly count: number;
}

export const webSchema = z.strictObject({
  kind: z.literal('web'),
  ...baseFields,
  app: text.describe("Folder with the application's code, from the project's folder on: ./apps/blog."),
  servers: z.strictObject({ ...groupFields, count }),
  balancers: z.strictObject(groupFields),
  bastion: bastionSchema,
  virtualIp: virtualIpSchema
    .optional()
    .describe('The address that the balancers share; absent: a new floating IP leads to it.'),
  publicTo: z
    .array(cidr)
    .min(1, 'names nobody: give at least one address range')
    .default(['0.0.0.0/0'])
    .describe('Address ranges that may open the application.'),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What roles let a plan say of them, by their names.'),
});
