import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, isAlias, isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { configPlaces, firstExisting, type Surroundings } from './_config-dirs';
import { CloudError } from './cloud-error';

export type CloudEntry = Record<string, unknown>;

/** One clouds.yaml or secure.yaml, read. */
export interface CloudsFile {
  readonly file: string;
  readonly clouds: ReadonlyMap<string, { readonly entry: CloudEntry; readonly line: number }>;
}

/** A clouds.yaml together with the secure.yaml that belongs to it. */
export interface CloudsSource {
  readonly file: string;
  readonly secureFile?: string;
  readonly clouds: ReadonlyMap<
    string,
    { readonly entry: CloudEntry; readonly place: string; readonly secretFiles: readonly string[] }
  >;
}

/** The first clouds.yaml of the usual places, then the further ones that exist; each merged with its secure.yaml. */
export function findCloudsSources(surroundings: Surroundings, further: readonly string[] = []): CloudsSource[] {
  const usual = firstExisting(configPlaces('clouds', surroundings));
  const secure = firstExisting(configPlaces('secure', surroundings));
  const sources = usual === undefined ? [] : [readSource(usual, secure)];
  for (const file of further) {
    if (file === usual || firstExisting([file]) === undefined) continue;
    sources.push(readSource(file, firstExisting([join(dirname(file), 'secure.yaml')])));
  }
  return sources;
}

function readSource(file: string, secureFile: string | undefined): CloudsSource {
  const open = readCloudsFile(file);
  const secure = secureFile === undefined ? undefined : readCloudsFile(secureFile);
  const clouds = new Map<string, { entry: CloudEntry; place: string; secretFiles: string[] }>();
  for (const [name, { entry, line }] of open.clouds) {
    const hidden = secure?.clouds.get(name)?.entry;
    clouds.set(name, {
      entry: hidden ? mergeEntries(entry, hidden) : entry,
      place: `${file}:${line}`,
      secretFiles: [...(hasSecret(entry) ? [file] : []), ...(hidden && hasSecret(hidden) ? [secure!.file] : [])],
    });
  }
  return { file, secureFile, clouds };
}

/** @throws {CloudError} badConfiguration, with file:line:column */
export function readCloudsFile(file: string): CloudsFile {
  const counter = new LineCounter();
  // Pretty errors would quote the file, and with it maybe a password.
  const document = parseDocument(readText(file), { lineCounter: counter, prettyErrors: false, merge: true });
  const error = document.errors[0];
  if (error) {
    const { line, col } = counter.linePos(error.pos[0]);
    throw badFile(`${file}:${line}:${col}`, `is not valid YAML: ${error.message}`);
  }
  const clouds = document.get('clouds');
  if (!isMap(clouds)) throw badFile(file, 'has no "clouds:" with named clouds under it');
  return { file, clouds: readEntries(document, clouds, file, counter) };
}

function readEntries(document: Document, clouds: YAMLMap, file: string, counter: LineCounter): CloudsFile['clouds'] {
  const entries = new Map<string, { entry: CloudEntry; line: number }>();
  for (const { key, value: written } of clouds.items as Pair[]) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const line = isScalar(key) && key.range ? counter.linePos(key.range[0]).line : 1;
    const value = isAlias(written) ? written.resolve(document) : written;
    if (!isMap(value)) throw badFile(`${file}:${line}`, `cloud "${name}" has nothing under it`);
    entries.set(name, { entry: value.toJS(document) as CloudEntry, line });
  }
  return entries;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badFile(file, `can't be read: ${(error as NodeJS.ErrnoException).code ?? error}`, error);
  }
}

function badFile(place: string, reason: string, cause?: unknown): CloudError {
  return new CloudError('badConfiguration', `${place}: ${reason}`, { place, cause });
}

/** The second over the first, with `auth` merged field by field. */
export function mergeEntries(base: CloudEntry, over: CloudEntry): CloudEntry {
  const auth = { ...(base.auth as CloudEntry | undefined), ...(over.auth as CloudEntry | undefined) };
  return { ...base, ...over, auth };
}

function hasSecret(entry: CloudEntry): boolean {
  const auth = (entry.auth ?? {}) as CloudEntry;
  return ['password', 'application_credential_secret', 'token'].some(
    (key) => auth[key] !== undefined || entry[key] !== undefined,
  );
}
