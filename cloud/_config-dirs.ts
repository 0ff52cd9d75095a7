import { existsSync, statSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

export interface Surroundings {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that relative paths and `./clouds.yaml` refer to. @default process.cwd() */
  readonly cwd?: string;
  /** @default os.homedir() */
  readonly home?: string;
}

const SUFFIXES = ['yaml', 'yml', 'json'];

/** Folders in which openstacksdk looks for its files, in its order; the first file found wins. */
function folders({ env = process.env, cwd = process.cwd(), home = homedir() }: Surroundings): string[] {
  const user = env.XDG_CONFIG_HOME ? [join(env.XDG_CONFIG_HOME, 'openstack')] : [];
  const mac = platform() === 'darwin';
  return [
    cwd,
    ...user,
    ...(mac ? [join(home, 'Library/Application Support/openstack')] : []),
    join(home, '.config/openstack'),
    ...(mac ? ['/Library/Application Support/openstack'] : []),
    '/etc/openstack',
  ];
}

/** Places of `clouds` or `secure`, first the one that the variable names. */
export function configPlaces(stem: 'clouds' | 'secure', surroundings: Surroundings): string[] {
  const { env = process.env, cwd = process.cwd() } = surroundings;
  const named = env[stem === 'clouds' ? 'OS_CLIENT_CONFIG_FILE' : 'OS_CLIENT_SECURE_FILE'];
  const usual = folders(surroundings).flatMap((folder) => SUFFIXES.map((suffix) => join(folder, `${stem}.${suffix}`)));
  return [...new Set([...(named ? [resolve(cwd, named)] : []), ...usual])];
}

export function firstExisting(places: readonly string[]): string | undefined {
  return places.find((place) => existsSync(place));
}

/** `~/x` and relative paths made absolute. */
export function absolutePath(path: string, { cwd = process.cwd(), home = homedir() }: Surroundings): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(2)) : resolve(cwd, path);
}

/** A warning where everybody on the machine may read the file. */
export function readableByAll(file: string): string | undefined {
  const mode = statSync(file).mode & 0o777;
  if (platform() === 'win32' || (mode & 0o004) === 0) return undefined;
  return `${file} holds a secret and every user of this machine may read it (mode ${mode.toString(8)}): chmod 600 ${file}`;
}
