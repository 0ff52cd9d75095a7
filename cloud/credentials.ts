import { resolve } from 'node:path';
import { type CloudEntry, type CloudsSource, findCloudsSources, mergeEntries } from './_clouds-file';
import { configPlaces, readableByAll, type Surroundings } from './_config-dirs';
import { readOpenrc } from './_openrc';
import { type AskPassword, type Origin, type Settings, toCredentials } from './_settings';
import { didYouMean, listNames } from './_suggest';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError } from './cloud-error';

export type { AskPassword } from './_settings';

export interface CredentialsOptions extends Surroundings {
  /** Entry of clouds.yaml. @default - `OS_CLOUD`, else the `OS_*` variables, else the only cloud of clouds.yaml */
  readonly cloud?: string;
  /** An openrc.sh to read (it is never run); wins over everything else. */
  readonly openrc?: string;
  /** @default - `OS_REGION_NAME`, else what the file says, else the only region of the catalog */
  readonly region?: string;
  /** Further clouds.yaml files, asked where the usual ones don't know the cloud; missing ones are skipped. */
  readonly furtherFiles?: readonly string[];
  /** Asks for a password that no file and no variable gives. @default - that is an error */
  readonly askPassword?: AskPassword;
}

/** A cloud that clouds.yaml knows. */
export interface ListedCloud {
  readonly name: string;
  /** `file:line` */
  readonly place: string;
  readonly authUrl?: string;
  readonly region?: string;
}

/**
 * Who we are and where the cloud is, from the first of: `openrc`, the named cloud, `OS_CLOUD`, the `OS_*` variables,
 * the only cloud of clouds.yaml.
 * @throws {CloudError} noCredentials, unknownCloud, badConfiguration; each says where was looked and what to do
 */
export async function resolveCredentials(options: CredentialsOptions = {}): Promise<CloudCredentials> {
  const env = options.env ?? process.env;
  if (options.openrc) return fromOpenrc(options.openrc, options);
  const cloud = options.cloud || env.OS_CLOUD;
  if (cloud) return fromClouds(cloud, options);
  if (env.OS_AUTH_URL) return fromVariables(env, options, { source: 'OS_* variables', warnings: [] });
  return fromOnlyCloud(options);
}

/** All clouds of the clouds.yaml files that `resolveCredentials` would look at, the first of a name only. */
export function listClouds(options: Pick<CredentialsOptions, keyof Surroundings | 'furtherFiles'> = {}): ListedCloud[] {
  const listed = new Map<string, ListedCloud>();
  for (const source of findCloudsSources(options, options.furtherFiles)) {
    for (const [name, { entry, place }] of source.clouds) {
      if (listed.has(name)) continue;
      const settings = flatten(entry);
      listed.set(name, { name, place, authUrl: text(settings.auth_url), region: text(settings.region_name) });
    }
  }
  return [...listed.values()];
}

async function fromOpenrc(file: string, options: CredentialsOptions): Promise<CloudCredentials> {
  const path = resolve(options.cwd ?? process.cwd(), file);
  const { variables, asks } = await readOpenrc(path, options.env ?? process.env, options.askPassword);
  const holdsSecret =
    !asks && (variables.OS_PASSWORD || variables.OS_APPLICATION_CREDENTIAL_SECRET || variables.OS_TOKEN);
  const warning = holdsSecret ? readableByAll(path) : undefined;
  return fromVariables(variables, options, {
    source: `openrc ${path}`,
    place: path,
    warnings: warning ? [warning] : [],
  });
}

async function fromVariables(
  variables: NodeJS.ProcessEnv,
  options: CredentialsOptions,
  origin: Pick<Origin, 'source' | 'place' | 'warnings'>,
): Promise<CloudCredentials> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith('OS_')) settings[name.slice(3).toLowerCase()] = value;
  }
  if (options.region) settings.region_name = options.region;
  const written = (setting: string) => `OS_${setting.toUpperCase()}`;
  return toCredentials(settings, { ...origin, written, surroundings: options, askPassword: options.askPassword });
}

async function fromClouds(cloud: string, options: CredentialsOptions): Promise<CloudCredentials> {
  const sources = findCloudsSources(options, options.furtherFiles);
  const source = sources.find(({ clouds }) => clouds.has(cloud));
  if (source) return fromEntry(cloud, source, options);
  if (sources.length === 0) {
    throw new CloudError(
      'noCredentials',
      `cloud "${cloud}" is asked for, and there is no clouds.yaml. ${whereLooked(options)}`,
    );
  }
  const names = sources.flatMap(({ clouds }) => [...clouds.keys()]);
  throw new CloudError(
    'unknownCloud',
    `cloud "${cloud}" is in no clouds.yaml.${didYouMean(cloud, names)} ` +
      `Known: ${listNames(names)} (in ${sources.map(({ file }) => file).join(', ')})`,
  );
}

async function fromOnlyCloud(options: CredentialsOptions): Promise<CloudCredentials> {
  // Further files are for clouds asked for by name: nobody gets one of them without having said so.
  const source = findCloudsSources(options)[0];
  const names = source ? [...source.clouds.keys()] : [];
  if (source && names.length === 1) return fromEntry(names[0], source, options);
  throw new CloudError(
    'noCredentials',
    names.length > 1
      ? `which cloud? ${source!.file} has ${listNames(names)}. Name one: OS_CLOUD=${names[0]}, or "cloud:" in the environment's file`
      : `no cloud is named, and there are no OS_* variables. ${whereLooked(options)}`,
  );
}

async function fromEntry(cloud: string, source: CloudsSource, options: CredentialsOptions): Promise<CloudCredentials> {
  const { entry, place, secretFiles } = source.clouds.get(cloud)!;
  const env = options.env ?? process.env;
  refuseProfile(entry, place);
  const region = options.region ?? env.OS_REGION_NAME;
  const settings = flatten(withRegion(entry, region, place));
  return toCredentials(settings.password === undefined ? { ...settings, password: env.OS_PASSWORD } : settings, {
    source: `cloud "${cloud}" in ${source.file}`,
    place,
    cloud,
    written: (setting) => (TOP_LEVEL.has(setting) ? setting : `auth.${setting}`),
    warnings: secretFiles.map(readableByAll).filter((warning) => warning !== undefined),
    surroundings: options,
    askPassword: options.askPassword,
  });
}

const TOP_LEVEL = new Set([
  'auth_type',
  'interface',
  'identity_api_version',
  'region_name',
  'verify',
  'cacert',
  'cert',
  'key',
]);

/** `region_name`, or the wanted (else the first) of `regions` with its own values. */
function withRegion(entry: CloudEntry, wanted: string | undefined, place: string): CloudEntry {
  if (!Array.isArray(entry.regions) || entry.regions.length === 0)
    return wanted ? { ...entry, region_name: wanted } : entry;
  const regions = entry.regions.map(
    (region): CloudEntry => (typeof region === 'object' && region !== null ? region : { name: region }),
  );
  const region = wanted ? regions.find(({ name }) => name === wanted) : regions[0];
  if (region) return { ...mergeEntries(entry, (region.values ?? {}) as CloudEntry), region_name: region.name };
  const names = regions.map(({ name }) => String(name));
  throw new CloudError(
    'badConfiguration',
    `${place}: region "${wanted}" is not listed.${didYouMean(wanted!, names)} Listed: ${listNames(names)}`,
    { place },
  );
}

function refuseProfile(entry: CloudEntry, place: string): void {
  const profile = entry.profile ?? entry.cloud;
  if (profile === undefined || flatten(entry).auth_url !== undefined) return;
  throw new CloudError(
    'badConfiguration',
    `${place}: the cloud's address comes from profile "${profile}", and Firesteel knows no vendor profiles; write auth.auth_url here`,
    { place },
  );
}

function flatten(entry: CloudEntry): Settings {
  const { auth, ...rest } = entry;
  return { ...rest, ...(auth as CloudEntry | undefined) };
}

function whereLooked(options: CredentialsOptions): string {
  const places = [
    ...configPlaces('clouds', options).filter((place) => place.endsWith('clouds.yaml')),
    ...(options.furtherFiles ?? []),
  ];
  return (
    `Looked for it at ${places.join(', ')}. ` +
    'Download clouds.yaml (Horizon: Project > API Access > Download OpenStack RC File) into ~/.config/openstack ' +
    'and set OS_CLOUD, or source an openrc.sh, or give it with --openrc FILE'
  );
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
