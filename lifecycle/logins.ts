import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { defaultUser } from '../cloud/default-user';
import type { Deployed } from './deployed';
import { UsageError } from './errors';
import type { Workspace } from './workspace';

/**
 * The login of a cluster's nodes: what the plan says, else what their images' properties tell; an image never changes,
 * so that is remembered.
 * @throws {UsageError} when neither says it
 */
export async function findLogin(
  workspace: Workspace,
  { plan, commons, output, environment }: Deployed,
): Promise<string> {
  if (plan.settings.ssh.user) return plan.settings.ssh.user;
  const file = join(workspace.memoryDir, 'cache', 'logins.json');
  const known = readLogins(file);
  const regionOf = new Map(output.nodes.map(({ imageId, region }) => [imageId, region ?? undefined]));
  const images = [...regionOf.keys()];
  const unknown = images.filter((image) => known[image] === undefined);
  if (unknown.length > 0) {
    const ask = async (id: string) => (await workspace.cloud(environment, regionOf.get(id))).image.tryImage(id);
    const found = await Promise.all(unknown.map(ask));
    for (const image of found) {
      const login = image && defaultUser(image);
      if (login) known[image.id] = login;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic(file, `${JSON.stringify(known, null, 2)}\n`);
  }
  const logins = [...new Set(images.map((image) => known[image]))];
  if (logins.length === 1 && logins[0] !== undefined) return logins[0];
  const why =
    logins.length > 1
      ? `its images have different logins (${logins.map((login) => login ?? 'unknown').join(', ')})`
      : 'its image does not tell';
  throw new UsageError(
    `how to log in on the nodes of ${output.environment} is not known, ${why}: name the login in ${commons[0]!.file} as "ssh: {user: …}"`,
  );
}

function readLogins(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}
