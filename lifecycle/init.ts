import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { parse } from 'yaml';
import { type CredentialsOptions, resolveCredentials } from '../cloud/credentials';
import { discover } from '../cloud/discover';
import { OpenStack } from '../cloud/openstack';
import { type CommonSpec, commonSchema } from '../plan/common-spec';
import { ENVIRONMENTS_DIR } from '../plan/load-environments';
import type { ProgressListener } from '../plan/progress';
import { type AccessEntry, accessFor } from './_access';
import { chooseFor, type InitChoices } from './_init-choices';
import { phase } from './_phase';
import { makeMissingKey, ownPublicKey } from './_public-key';
import { clusterYaml, commonYaml } from './_templates';

export interface InitOptions extends InitChoices {
  readonly projectDir: string;
  readonly credentials: CredentialsOptions;
  /** Nodes of the cluster beside its master. @default 2 */
  readonly workers?: number;
  /** Who may reach SSH. @default - this machine's address on its route to the cloud, and `SSH_CONNECTION`'s client */
  readonly access?: readonly AccessEntry[];
  /** Resolvers of the nodes. @default - the subnet's own */
  readonly nameservers?: readonly string[];
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

export interface InitResult {
  readonly files: readonly { readonly path: string; readonly written: boolean }[];
  /** Public half, by its path, of a key pair that was made just now; absent where none had to be. */
  readonly madeKey?: string;
  /** What was found; absent where all files were there already. */
  readonly found?: {
    readonly flavor: string;
    readonly image: string;
    readonly network: string;
    readonly access: readonly AccessEntry[];
    readonly publicKey: string;
  };
}

const COMMON = 'common';
const CLUSTER = 'dev';

/**
 * Writes `environments/common.yaml` and `dev.yaml` from what the cloud has; files that exist stay as they are. Makes
 * the SSH key pair that they count on where there is none.
 * @throws {UsageError} with the candidates, where something has to be chosen by a person
 */
export async function init(options: InitOptions): Promise<InitResult> {
  const dir = join(resolve(options.projectDir), ENVIRONMENTS_DIR);
  const files = [COMMON, CLUSTER].map((name) => ({ name, path: fileOf(dir, name) }));
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) {
    const madeKey = await makeKeyOf(files[0]!.path);
    return { files: files.map(({ path }) => ({ path, written: false })), ...(madeKey !== undefined && { madeKey }) };
  }
  const about = { subject: 'init', phase: 'discover', text: 'asking the cloud what there is' };
  const found = await phase(options.onProgress, about, () => findAll(options));
  mkdirSync(dir, { recursive: true });
  const schema = schemaPath(dir, options.projectDir);
  const texts: Record<string, string> = {
    [COMMON]: commonYaml({ ...found, schema }),
    [CLUSTER]: clusterYaml({ ...found, common: COMMON, floatingIp: found.network.kind === 'new', schema }),
  };
  for (const { name, path } of missing) writeFileAtomic(path, texts[name]!);
  return {
    files: files.map(({ name, path }) => ({ path, written: missing.some((file) => file.name === name) })),
    ...(found.keyMade && { madeKey: found.publicKey }),
    found: {
      flavor: found.flavor,
      image: found.image,
      network: found.network.kind === 'new' ? found.network.external : found.network.network,
      access: found.access,
      publicKey: found.publicKey,
    },
  };
}

/** Files that came from another machine may count on a key that this one has not. */
async function makeKeyOf(commonFile: string): Promise<string | undefined> {
  const spec = tryCommonSpec(commonFile);
  return spec && spec.ssh?.keyPair === undefined ? makeMissingKey(spec.ssh?.publicKey) : undefined;
}

/** undefined where something is wrong with the file: whoever goes on with it says what. */
function tryCommonSpec(file: string): CommonSpec | undefined {
  try {
    return commonSchema.parse(parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** As it is there, with either ending. */
function fileOf(dir: string, name: string): string {
  const short = join(dir, `${name}.yml`);
  return existsSync(short) ? short : join(dir, `${name}.yaml`);
}

async function findAll(options: InitOptions) {
  const credentials = await resolveCredentials(options.credentials);
  for (const text of credentials.warnings)
    options.onProgress?.({ subject: 'init', phase: 'login', state: 'warn', text });
  const cloud = await OpenStack.connect(credentials, { ...(options.signal && { signal: options.signal }) });
  const {
    onProgress,
    credentials: { env = process.env },
  } = options;
  const about = { subject: 'init', sshConnection: env.SSH_CONNECTION, ...(onProgress && { onProgress }) };
  try {
    const choices = await chooseFor(cloud, await discover(cloud), options);
    const access = options.access?.length ? options.access : await accessFor(credentials.authUrl, about);
    const key = await ownPublicKey();
    return {
      ...choices,
      cloud: options.credentials.openrc === undefined ? credentials.cloud : undefined,
      access,
      publicKey: key.path,
      keyMade: key.made,
      workers: options.workers ?? 2,
      nameservers: options.nameservers ?? [],
    };
  } finally {
    await cloud.close();
  }
}

/** Editors complete and check the files by it. */
function schemaPath(dir: string, projectDir: string): string | undefined {
  const file = join('docs', 'schema', 'environment.schema.json');
  const places = [join(resolve(projectDir), file), join(resolve(projectDir), 'node_modules', 'firesteel', file)];
  const found = places.find((place) => existsSync(place));
  return found && relative(dir, found);
}
