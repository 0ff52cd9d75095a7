import * as fs from 'node:fs';
import * as path from 'node:path';

const TAIL_BYTES = 64 * 1024;

export function logFile(stateDir: string, service: string): string {
  return path.join(stateDir, 'logs', `${service}.log`);
}

/** The last lines of a service's log; none if it has none. */
export function logTail(stateDir: string, service: string, lines: number): string[] {
  const file = logFile(stateDir, service);
  if (!fs.existsSync(file)) return [];
  const size = fs.statSync(file).size;
  const bytes = Math.min(size, Math.max(TAIL_BYTES, lines * 400));
  const buffer = Buffer.alloc(bytes);
  const handle = fs.openSync(file, 'r');
  fs.readSync(handle, buffer, 0, bytes, size - bytes);
  fs.closeSync(handle);
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines);
}
