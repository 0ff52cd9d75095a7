import { z } from 'zod';
import { count, name, text } from './_fields';

/** A region of the cloud that a cluster has groups in. */
export interface RegionSpec {
  /** Name of the common environment whose network, key pair and groups are used there. */
  readonly common: string;
  /** Names of region templates, whose groups the region has. @default [] */
  readonly templates?: readonly string[];
  /** What the names of those groups begin with. @default - letters and digits of the region's name */
  readonly prefix?: string;
  /** What is another in this region than in the templates, by the group's name there. @default {} */
  readonly groups?: Readonly<Record<string, { readonly count?: number }>>;
}

/** By the cloud's names for them. */
export type RegionsSpec = Readonly<Record<string, RegionSpec>>;

const region = z.strictObject({
  common: name.describe('The common environment whose network, key pair and groups are used there.'),
  templates: z.array(text).default([]).describe('Names of region templates, whose groups the region has.'),
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9]*$/, 'must be lower-case letters and digits, beginning with a letter')
    .optional()
    .describe("What the names of those groups begin with; absent: letters and digits of the region's name."),
  groups: z
    .record(z.string(), z.strictObject({ count: count.optional() }))
    .default({})
    .describe('What is another in this region than in the templates, by group.'),
});

export const regionsSchema = z
  .record(z.string(), region)
  .optional()
  .describe("Regions of the cloud that the cluster is in, by the cloud's names for them; absent: one.");
