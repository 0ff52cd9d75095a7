import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { toolCache } from './cache';
import { PROVIDER_ADDRESSES, type ProviderSource } from './provider';

/** The configuration file of the user's own for Terraform's command line, as far as there is one. */
export interface UserConfig {
  readonly file?: string;
  readonly text: string;
  /** Whether it says itself where providers come from: then that is the user's business, and nothing of ours. */
  readonly installsProviders: boolean;
  /** TF_CLI_CONFIG_FILE names no file of the user's: one that we wrote, or one that is not there, which Terraform warns about on every run. */
  readonly unusable: boolean;
}

/** Reads the file that Terraform (or OpenTofu) would read; one that we wrote ourselves does not count. */
export async function readUserConfig(
  product: 'terraform' | 'opentofu',
  env: NodeJS.ProcessEnv = process.env,
): Promise<UserConfig> {
  const named = env.TF_CLI_CONFIG_FILE || undefined;
  const ours = named !== undefined && resolve(named).startsWith(toolCache(env) + sep);
  const home = env.HOME || homedir();
  const usual = [...(product === 'opentofu' ? ['.tofurc'] : []), '.terraformrc'].map((name) => join(home, name));
  const file = (named === undefined || ours ? usual : [named]).find((each) => existsSync(each));
  const text = file === undefined ? '' : await readFile(file, 'utf8');
  return {
    ...(file !== undefined && { file }),
    text,
    installsProviders: /(^|[{,])\s*"?provider_installation"?\s*[:{]/m.test(text),
    unusable: named !== undefined && (ours || file === undefined),
  };
}

/**
 * Writes a configuration that has everything of the user's own and, with a mirror, gets the OpenStack provider from it.
 * 0600, because the user's own file may hold credentials.
 * @returns its path, in the cache; the same for the same content
 */
export async function writeCliConfig(
  user: UserConfig,
  source: ProviderSource,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const text = [user.text.trimEnd(), source.kind === 'mirror' ? mirrorBlock(source.folder) : '']
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = join(toolCache(env), 'cli-config');
  const file = join(folder, `${digest}.tfrc`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) await writeFileAtomic(file, text, { mode: 0o600 });
  return file;
}

/** Only this provider comes from the mirror; all others are fetched as ever. */
function mirrorBlock(folder: string): string {
  const addresses = PROVIDER_ADDRESSES.map((address) => JSON.stringify(address)).join(', ');
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(folder)}
    include = [${addresses}]
  }
  direct {
    exclude = [${addresses}]
  }
}`;
}
