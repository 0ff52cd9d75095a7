import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { SandboxError } from './errors';

const SAY_WAITING_AFTER_MS = 1000;

/**
 * Runs `work` while no other process holds the lock. The kernel's lock, held by a child that ends when we do: after a
 * `kill -9` nobody waits for the dead.
 * @param onWait called once if somebody else has it
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // Ctrl-C is for us to handle: the lock outlasts our cleaning up
  });
  const waiting = setTimeout(onWait, SAY_WAITING_AFTER_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', (error) => reject(new SandboxError(`Can't lock ${file}: ${error.message}`)));
      holder.once('exit', (code) =>
        reject(new SandboxError(`Can't lock ${file}: flock ended with exit status ${code}`)),
      );
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
    holder.stdin.destroy();
  }
}
