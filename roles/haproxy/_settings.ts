import { z } from 'zod';

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const backend = z
  .strictObject({
    role: z.string().optional().describe('All nodes with this role.'),
    tag: z.string().optional().describe("All nodes of groups with this tag; absent: the role's."),
    port: z.number().int().min(1).max(65535).describe('Where they listen, each on its own address.'),
  })
  .refine(({ role, tag }) => (role === undefined) !== (tag === undefined), {
    error: 'needs either a role or a tag, which says who the servers are',
  });

const frontend = z.strictObject({
  name: z.string().regex(NAME, 'must be lower-case letters, digits and "-", a letter first, at most 31'),
  port: z.number().int().min(1).max(65535),
  mode: z.enum(['http', 'tcp']).default('http'),
  backend,
  balance: z
    .enum(['roundrobin', 'leastconn', 'first'])
    .default('roundrobin')
    .describe('first = only the first server in the order of the plan; the next one while that is down.'),
  check: z
    .union([z.literal('tcp'), z.string().regex(/^\/[!-~]*$/, 'must be tcp, or a path such as /health')])
    .optional()
    .describe(
      'tcp = a server is well while it accepts connections; a path: while that is answered with a status below 500.',
    ),
  from: z
    .array(z.string())
    .default([])
    .describe('Roles whose nodes may connect; for everybody else there is publicPorts of the group.'),
});

/** What a plan says under `settings: { haproxy: … }`. */
export const HAPROXY_SETTINGS = z.strictObject({
  frontends: z
    .array(frontend)
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two of them have the same name')
    .refine((all) => new Set(all.map(({ port }) => port)).size === all.length, 'two of them have the same port'),
});

export type HaproxyFrontend = z.output<typeof frontend>;

/** What of a server is asked for its health; see `check`. */
export function checkOf({ check, mode }: HaproxyFrontend): string {
  return check ?? (mode === 'http' ? '/' : 'tcp');
}
