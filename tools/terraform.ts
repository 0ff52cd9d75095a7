import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { tryRun } from './_run';
import { cachedFolder, toolCache } from './cache';
import { ToolError } from './errors';
import { goBuild, type PinnedModule, pinnedDigest, pinnedVersion } from './go-build';
import { downloadOpenTofu, ReleaseUnavailable } from './opentofu-release';
import { platformName, thisPlatform } from './platform';
import { type ToolOptions, timed } from './progress';
import { atLeast, tryParseVersion, type Version, versionText } from './version';

/** Terraform or OpenTofu: what runs the stacks. */
export interface TerraformTool {
  /** Absolute. */
  readonly path: string;
  readonly product: 'terraform' | 'opentofu';
  readonly version: string;
  /** `variable`: TERRAFORM_BINARY_NAME; `path`: PATH. */
  readonly from: 'variable' | 'path' | 'release' | 'build';
}

/** What was built and released before this has no `version -json`, tests and import blocks that cdktf counts on. */
const LEAST: Version = [1, 6, 0];

const OPENTOFU: PinnedModule = {
  folder: join(__dirname, 'opentofu'),
  module: 'github.com/opentofu/opentofu',
  main: 'github.com/opentofu/opentofu/cmd/tofu',
};

/** Values of FIRESTEEL_TERRAFORM. */
const CHOICES = ['auto', 'release', 'build'] as const;
type Choice = (typeof CHOICES)[number];

/**
 * Finds the program that runs the stacks: the one TERRAFORM_BINARY_NAME names, else `terraform` or `tofu` on PATH, else
 * an OpenTofu that was built before, else a released one, else one built from Go modules. FIRESTEEL_TERRAFORM=release or =build passes over the former ones.
 * @throws {ToolError} when the named one won't do, or none can be had
 */
export async function findTerraform(options: ToolOptions = {}): Promise<TerraformTool> {
  const env = options.env ?? process.env;
  const choice = choose(env);
  if (choice === 'auto') {
    const installed = env.TERRAFORM_BINARY_NAME
      ? await named(env.TERRAFORM_BINARY_NAME, options)
      : await onPath(options);
    if (installed) return installed;
  }
  // One that was built once, where no release was to be had, does: nobody waits for the network again.
  if (choice === 'release' || (choice === 'auto' && !existsSync(builtFolder(options)))) {
    const released = await tryRelease(choice, options);
    if (released) return released;
  }
  return build(options);
}

function choose(env: NodeJS.ProcessEnv): Choice {
  const value = env.FIRESTEEL_TERRAFORM || 'auto';
  const choice = CHOICES.find((each) => each === value);
  if (choice) return choice;
  throw new ToolError(`FIRESTEEL_TERRAFORM is "${value}"; it can be ${CHOICES.join(', ')}.`);
}

async function named(name: string, options: ToolOptions): Promise<TerraformTool> {
  const path = which(name, options.env ?? process.env);
  if (!path)
    throw new ToolError(`TERRAFORM_BINARY_NAME is "${name}", and there is no such program. Correct or unset it.`);
  const found = await ask(path, options);
  if (!found)
    throw new ToolError(
      `TERRAFORM_BINARY_NAME is "${name}", and "${path} version" names neither Terraform nor OpenTofu.`,
    );
  if (!newEnough(found)) {
    throw new ToolError(
      `TERRAFORM_BINARY_NAME is "${name}", which is ${found.version}; ${versionText(LEAST)} or newer is needed.`,
    );
  }
  return { ...found, from: 'variable' };
}

async function onPath(options: ToolOptions): Promise<TerraformTool | undefined> {
  for (const name of ['terraform', 'tofu']) {
    const path = which(name, options.env ?? process.env);
    const found = path && (await ask(path, options));
    if (found && newEnough(found)) return { ...found, from: 'path' };
    if (path) {
      const text = found
        ? `${path} is ${found.version}, older than ${versionText(LEAST)}: it is not used`
        : `${path} does not run: it is not used`;
      options.onProgress?.({ subject: 'terraform', phase: 'find', state: 'warn', text });
    }
  }
  return undefined;
}

/** A file that may be run, by name on PATH or by path. */
function which(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const candidates =
    isAbsolute(name) || name.includes('/')
      ? [resolve(name)]
      : (env.PATH ?? '').split(delimiter).map((folder) => join(folder || '.', name));
  return candidates.map((path) => resolve(path)).find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @returns undefined when it does not run or is something else */
async function ask(path: string, options: ToolOptions): Promise<Omit<TerraformTool, 'from'> | undefined> {
  const { TF_CLI_CONFIG_FILE: _, ...env } = options.env ?? process.env;
  const { signal } = options;
  const result = await tryRun(path, ['version'], {
    env: { ...env, CHECKPOINT_DISABLE: '1' },
    timeoutSeconds: 60,
    ...(signal && { signal }),
  });
  const match = /^(Terraform|OpenTofu) v(\S+)/m.exec(result?.stdout ?? '');
  if (!match) return undefined;
  return { path, product: match[1] === 'OpenTofu' ? 'opentofu' : 'terraform', version: match[2]! };
}

function newEnough({ version }: Pick<TerraformTool, 'version'>): boolean {
  const parsed = tryParseVersion(version);
  return parsed !== undefined && atLeast(parsed, LEAST);
}

async function tryRelease(choice: Choice, options: ToolOptions): Promise<TerraformTool | undefined> {
  const version = pinnedVersion(OPENTOFU);
  const platform = thisPlatform();
  const folder = `${cachePrefix(options)}-release`;
  const about = { subject: 'terraform', phase: 'download', text: `OpenTofu ${version}` } as const;
  try {
    await cachedFolder(
      folder,
      (partial) => timed(options, about, () => downloadOpenTofu(version, platform, partial, options)),
      options.signal,
    );
    return { path: join(folder, 'tofu'), product: 'opentofu', version, from: 'release' };
  } catch (error) {
    if (!(error instanceof ReleaseUnavailable)) throw error;
    if (choice === 'release') throw new ToolError(`OpenTofu ${version} can't be downloaded: ${error.message}`);
    options.onProgress?.({
      subject: 'terraform',
      phase: 'download',
      state: 'update',
      text: `No release to be had: ${error.message}`,
    });
    return undefined;
  }
}

function cachePrefix({ env }: ToolOptions): string {
  return join(toolCache(env), `opentofu-${pinnedVersion(OPENTOFU)}-${platformName(thisPlatform())}`);
}

function builtFolder(options: ToolOptions): string {
  return `${cachePrefix(options)}-${pinnedDigest(OPENTOFU)}`;
}

async function build(options: ToolOptions): Promise<TerraformTool> {
  const version = pinnedVersion(OPENTOFU);
  const platform = thisPlatform();
  const folder = builtFolder(options);
  const text = `OpenTofu ${version} from its Go modules (a few minutes, once)`;
  await cachedFolder(
    folder,
    (partial) =>
      timed(options, { subject: 'terraform', phase: 'build', text }, () =>
        goBuild(OPENTOFU, join(partial, 'tofu'), platform, options),
      ),
    options.signal,
  );
  const path = join(folder, 'tofu');
  if (!existsSync(path))
    throw new ToolError(`${folder} is there but has no tofu in it: remove the folder and run this again.`);
  return { path, product: 'opentofu', version, from: 'build' };
}
