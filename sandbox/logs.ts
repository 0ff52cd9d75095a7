import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFile, logTail } from './_log';
import { SandboxError } from './errors';
import { type SandboxSettings, sandboxSettings } from './settings';

const POLL_MS = 250;

export interface LogsOptions {
  /** Go on with lines that are written later, until `signal` says stop. @default false */
  readonly follow?: boolean;
  /** Lines from before now. @default 100 */
  readonly lines?: number;
  readonly signal?: AbortSignal;
  /** @default - from the environment */
  readonly settings?: SandboxSettings;
}

/** The services that have a log, whether they run now or not. */
export function loggedServices(settings: SandboxSettings = sandboxSettings()): string[] {
  const folder = path.join(settings.stateDir, 'logs');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length))
    .sort();
}

/** Lines of a service's log. @throws SandboxError naming the services that have one, if this one has not */
export async function* logs(service: string, options: LogsOptions = {}): AsyncGenerator<string> {
  const { follow = false, lines = 100, signal, settings = sandboxSettings() } = options;
  const known = loggedServices(settings);
  if (!known.includes(service))
    throw new SandboxError(
      known.length > 0
        ? `The sandbox has no service "${service}". It has: ${known.join(', ')}.`
        : 'The sandbox was never started here: firesteel sandbox up.',
    );
  const file = logFile(settings.stateDir, service);
  let position = fs.statSync(file).size;
  yield* logTail(settings.stateDir, service, lines);
  let rest = '';
  while (follow && !signal?.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    const chunk = readFrom(file, position);
    position = chunk.position;
    const complete = (rest + chunk.text).split('\n');
    rest = complete.pop() ?? '';
    yield* complete;
  }
}

/** From the beginning again when the file was replaced by a shorter one. */
function readFrom(file: string, position: number): { text: string; position: number } {
  const size = fs.existsSync(file) ? fs.statSync(file).size : 0;
  const start = size < position ? 0 : position;
  if (size === start) return { text: '', position: start };
  const buffer = Buffer.alloc(size - start);
  const handle = fs.openSync(file, 'r');
  const bytes = fs.readSync(handle, buffer, 0, buffer.length, start);
  fs.closeSync(handle);
  return { text: buffer.toString('utf8', 0, bytes), position: start + bytes };
}
