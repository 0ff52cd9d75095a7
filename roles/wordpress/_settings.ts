import { z } from 'zod';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';

const text = z.string().regex(/^[^\p{Cc}]+$/u, 'must be one line');

/** What a plan may say under `settings.wordpress`. */
export const WORDPRESS_SETTINGS = z.strictObject({
  title: text.default('WordPress').describe('Title of a new site; later it is changed in the site itself.'),
  adminUser: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,60}$/, 'must be up to 60 letters, digits and "_.@-"')
    .default('admin')
    .describe('Login of its first user, whose password is the secret wordpress.admin.'),
  adminEmail: z.email().default('admin@example.com').describe('Where a new site sends its mail.'),
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.endsWith('/'), 'must not end with "/"')
    .optional()
    .describe('Where the world reaches it, such as https://blog.example.com; absent: by whatever name it is asked.'),
  searchEngines: z.boolean().default(true).describe('Whether a new site may be found by search engines.'),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be up to 63 letters, digits and "_", no digit first')
    .default('wordpress')
    .describe('Its database, made by mariadb-galera.'),
  uploadMiB: z
    .number()
    .int()
    .min(1)
    .max(2048)
    .default(32)
    .describe('Size of the largest file that users may upload, in MiB.'),
  external: z
    .boolean()
    .default(false)
    .describe(
      'Whether it may fetch from the world, such as news and lists of updates; without it, it does not wait for them.',
    ),
});

export type WordpressSettings = z.output<typeof WORDPRESS_SETTINGS>;

export function wordpressSettings(settings: Settings): WordpressSettings {
  return roleSettings(settings, 'wordpress', WORDPRESS_SETTINGS);
}

/** The database that it needs, and the user it logs in as there. */
export function wordpressDatabase(settings: Settings): { readonly name: string; readonly owner: string } {
  return { name: wordpressSettings(settings).database, owner: 'app' };
}
