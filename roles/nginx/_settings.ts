import { z } from 'zod';
import type { FolderRelease } from '../_folder-release';
import { localFolder } from '../_local-folder';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';

/** Where static files are found on a node: a link to the version that counts, which lies beside it. */
export const NGINX_SITE = '/srv/nginx/site';

/** What a plan says under `settings: { nginx: … }`. */
export const NGINX_SETTINGS = z.strictObject({
  root: localFolder
    .optional()
    .describe(
      'Folder with static files, ./site; where there is an application too, it answers for what is no file. Absent: none.',
    ),
  maxBodyMiB: z.number().int().min(1).max(4096).default(16).describe('The largest request that is taken.'),
});

export function nginxSettings(settings: Settings): z.output<typeof NGINX_SETTINGS> {
  return roleSettings(settings, 'nginx', NGINX_SETTINGS);
}

/** The folder that the plan names, on its way to the nodes. */
export function siteOf(settings: Settings): FolderRelease | undefined {
  const { root } = nginxSettings(settings);
  return root === undefined ? undefined : { name: 'nginx-site', folder: root, path: NGINX_SITE };
}
