import { createHash } from 'node:crypto';
import * as os from 'node:os';
import * as path from 'node:path';
import { SandboxError } from './errors';

/** Where a sandbox lives and which addresses it has. Two sandboxes that differ in both run side by side. */
export interface SandboxSettings {
  /** Data bases, images, servers, logs, passwords: everything that `destroy` removes. */
  readonly stateDir: string;
  /** What can be made again: root file systems, packages, the guest image. Shared by all sandboxes of a user. */
  readonly cacheDir: string;
  readonly clouds: string;
  /** Held by whoever changes the sandbox. */
  readonly lock: string;
  /** 8 hex digits from the state folder, in the names of everything that the sandbox makes on the host. */
  readonly id: string;
  /** While the sandbox runs: the folder of the cache that it stands on. */
  readonly cacheInUse: string;
  readonly interface: string;
  readonly natTable: string;
  readonly net: SandboxNet;
}

export interface SandboxNet {
  /** Public network of the cloud: the host, the API and the floating IPs. */
  readonly cidr: string;
  readonly host: string;
  readonly api: string;
  /** Name servers of a sandbox that has DNS, by Designate's pools. */
  readonly dns: { readonly public: string; readonly private: string };
  readonly floatingFirst: string;
  readonly floatingLast: string;
  /** First of the addresses that are neither the host's nor handed out: for tests from outside. */
  readonly outsideFirst: string;
}

/** What lasts no longer than the machine runs. */
export const RUN_FOLDER = '/run/firesteel';

const DEFAULT_NET = '172.24.4.0/24';

/**
 * Settings from the environment.
 * `FIRESTEEL_SANDBOX_DIR` @default - `${XDG_STATE_HOME:-~/.local/state}/firesteel/sandbox`
 * `FIRESTEEL_CACHE` @default - `${XDG_CACHE_HOME:-~/.cache}/firesteel`
 * `FIRESTEEL_SANDBOX_NET` a /24 @default 172.24.4.0/24
 * @throws SandboxError if one of them can't be used
 */
export function sandboxSettings(env: NodeJS.ProcessEnv = process.env): SandboxSettings {
  const home = env.HOME || os.homedir();
  const state = env.XDG_STATE_HOME || path.join(home, '.local/state');
  const cache = env.FIRESTEEL_CACHE || path.join(env.XDG_CACHE_HOME || path.join(home, '.cache'), 'firesteel');
  const stateDir = path.resolve(env.FIRESTEEL_SANDBOX_DIR || path.join(state, 'firesteel/sandbox'));
  const cacheDir = path.join(path.resolve(cache), 'sandbox');
  for (const folder of [stateDir, cacheDir]) {
    if (/[:,\s\\'"]/.test(folder))
      throw new SandboxError(
        `The folder "${folder}" can't hold the sandbox: its path has a space, quote, colon, comma or backslash. ` +
          'Set FIRESTEEL_SANDBOX_DIR and FIRESTEEL_CACHE to plain paths.',
      );
  }
  const id = createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
  return {
    stateDir,
    cacheDir,
    clouds: path.join(stateDir, 'clouds.yaml'),
    lock: path.join(RUN_FOLDER, `${id}.lock`),
    id,
    cacheInUse: path.join(RUN_FOLDER, `${id}.cache`),
    interface: `firesteel${id.slice(0, 6)}`,
    natTable: `firesteel_${id}`,
    net: sandboxNet(env.FIRESTEEL_SANDBOX_NET || DEFAULT_NET),
  };
}

function sandboxNet(cidr: string): SandboxNet {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(cidr);
  if (!match || match[1].split('.').some((part) => Number(part) > 255))
    throw new SandboxError(
      `FIRESTEEL_SANDBOX_NET is "${cidr}"; it must be an IPv4 network of 256 addresses, such as ${DEFAULT_NET}.`,
    );
  const at = (last: number) => `${match[1]}.${last}`;
  return {
    ...{ cidr, host: at(1), api: at(2), dns: { public: at(2), private: at(3) } },
    ...{ floatingFirst: at(10), floatingLast: at(250), outsideFirst: at(251) },
  };
}
