import { existsSync } from 'node:fs';
import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HttpFailure, request } from './_http';
import { cachedFolder, toolCache } from './cache';
import { ToolError } from './errors';
import { goBuild, type PinnedModule, pinnedDigest, pinnedVersion } from './go-build';
import { type Platform, platformName, thisPlatform } from './platform';
import { type ToolOptions, timed } from './progress';

/** Where `terraform init` gets the OpenStack provider from. */
export type ProviderSource =
  /** It downloads it itself. */
  | { readonly kind: 'registry' }
  /** A folder in the layout of a filesystem mirror, with the provider built here. */
  | { readonly kind: 'mirror'; readonly folder: string };

/** Namespace and type, the same in both registries. */
const PROVIDER = 'terraform-provider-openstack/openstack';

/** Whichever of Terraform and OpenTofu asks, the provider is called by its own registry's name. */
export const PROVIDER_ADDRESSES = [`registry.terraform.io/${PROVIDER}`, `registry.opentofu.org/${PROVIDER}`] as const;

const MODULE: PinnedModule = {
  folder: join(__dirname, 'provider'),
  module: 'github.com/terraform-provider-openstack/terraform-provider-openstack',
  main: 'github.com/terraform-provider-openstack/terraform-provider-openstack',
};

const CHOICES = ['auto', 'registry', 'build'] as const;
const REMEMBERED_FOR_MS = 24 * 3600 * 1000;

export interface ProviderOptions extends ToolOptions {
  readonly product: 'terraform' | 'opentofu';
  /** Where the registry is. @default the product's own */
  readonly registry?: string;
}

/**
 * Finds out where the provider comes from: the public registry where it answers, else it is built from Go modules.
 * FIRESTEEL_PROVIDER=registry or =build decides instead. A machine that built it keeps using what it built, because a
 * state that a newer provider wrote can't be read by an older one, and lock files hold checksums.
 * @throws {ToolError} when it can't be built
 */
export async function findProvider(options: ProviderOptions): Promise<ProviderSource> {
  const env = options.env ?? process.env;
  const choice = choose(env);
  if (choice === 'registry') return { kind: 'registry' };
  if (choice === 'build') return build(options);
  const decision = join(toolCache(env), `provider-source-${options.product}.json`);
  const decided = await remembered(decision);
  const kind = decided ?? ((await registryAnswers(options)) ? 'registry' : 'mirror');
  const source: ProviderSource = kind === 'registry' ? { kind } : await build(options);
  if (!decided) await remember(decision, kind);
  return source;
}

function choose(env: NodeJS.ProcessEnv): (typeof CHOICES)[number] {
  const value = env.FIRESTEEL_PROVIDER || 'auto';
  const choice = CHOICES.find((each) => each === value);
  if (choice) return choice;
  throw new ToolError(`FIRESTEEL_PROVIDER is "${value}"; it can be ${CHOICES.join(', ')}.`);
}

/** A registry that answered is asked again the next day: the machine may have lost its network. */
async function remembered(file: string): Promise<ProviderSource['kind'] | undefined> {
  try {
    const { kind, at } = JSON.parse(await readFile(file, 'utf8')) as { kind?: unknown; at?: unknown };
    if (kind === 'mirror') return kind;
    return kind === 'registry' && typeof at === 'number' && Date.now() - at < REMEMBERED_FOR_MS ? kind : undefined;
  } catch {
    return undefined;
  }
}

async function remember(file: string, kind: ProviderSource['kind']): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ kind, at: Date.now() })}\n`);
}

/** Whether both the registry and the place it sends us to for the archive answer. */
async function registryAnswers(options: ProviderOptions): Promise<boolean> {
  const registry =
    options.registry ?? `https://registry.${options.product === 'terraform' ? 'terraform.io' : 'opentofu.org'}`;
  const { os, arch } = thisPlatform();
  const { env, signal } = options;
  const asked = { ...(env && { env }), ...(signal && { signal }), withinSeconds: 5 };
  try {
    const response = await request(
      `${registry}/v1/providers/${PROVIDER}/${pinnedVersion(MODULE)}/download/${os}/${arch}`,
      asked,
    );
    const { download_url: archive } = (await response.json()) as { download_url?: unknown };
    if (typeof archive !== 'string') return false;
    await request(archive, { ...asked, method: 'HEAD' });
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    const text = `The provider registry can't be used: ${(error as Error).message}`;
    if (!(error instanceof HttpFailure) && !(error instanceof SyntaxError)) throw error;
    options.onProgress?.({ subject: 'provider', phase: 'find', state: 'update', text });
    return false;
  }
}

/** cdktf locks the provider for linux_amd64 on every machine, so that one has to be in the mirror too. */
async function build(options: ProviderOptions): Promise<ProviderSource> {
  const version = pinnedVersion(MODULE);
  const here = thisPlatform();
  const folder = join(
    toolCache(options.env),
    `provider-openstack-${version}-${platformName(here)}-${pinnedDigest(MODULE)}`,
  );
  const text = `terraform-provider-openstack ${version} from its Go modules (a minute or two, once)`;
  const make = async (partial: string) => {
    for (const platform of platforms(here)) await buildFor(platform, version, partial, options);
  };
  await cachedFolder(
    folder,
    (partial) => timed(options, { subject: 'provider', phase: 'build', text }, () => make(partial)),
    options.signal,
  );
  if (!existsSync(join(folder, PROVIDER_ADDRESSES[0]))) {
    throw new ToolError(`${folder} is there but has no provider in it: remove the folder and run this again.`);
  }
  return { kind: 'mirror', folder };
}

function platforms(here: Platform): Platform[] {
  return platformName(here) === 'linux_amd64' ? [here] : [here, { os: 'linux', arch: 'amd64' }];
}

async function buildFor(platform: Platform, version: string, mirror: string, options: ToolOptions): Promise<void> {
  const name = `terraform-provider-openstack_v${version}`;
  const [first, second] = PROVIDER_ADDRESSES.map((address) => join(mirror, address, version, platformName(platform)));
  await mkdir(first!, { recursive: true });
  await goBuild(MODULE, join(first!, name), platform, options);
  await mkdir(second!, { recursive: true });
  await link(join(first!, name), join(second!, name));
}
