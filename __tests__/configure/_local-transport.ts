import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { CommandError } from '../../configure/errors';
import type { Connection, Listening, PutOptions, RunOptions } from '../../configure/transport';

/** This machine as a node: scripts run in a real shell, in a folder of their own. */
export class LocalTransport implements Connection {
  /** The scripts' working folder. */
  readonly dir = mkdtempSync(join(tmpdir(), 'firesteel-local-'));
  readonly reads: string[] = [];
  readonly applies: string[] = [];
  readonly puts: string[] = [];
  closed = false;
  /** More of the shell's environment. */
  readonly env: Record<string, string> = {};

  constructor(
    readonly node: string = 'local-0',
    private readonly shell: readonly [string, ...string[]] = ['/bin/sh'],
  ) {}

  read(script: string, options?: RunOptions): Promise<string> {
    this.reads.push(script);
    return this.run(script, options);
  }

  apply(script: string, options?: RunOptions): Promise<string> {
    this.applies.push(script);
    return this.run(script, options);
  }

  async put(localPath: string, remotePath: string, _options?: PutOptions): Promise<void> {
    this.puts.push(remotePath);
    copyFileSync(localPath, resolve(this.dir, remotePath));
  }

  get(): Promise<void> {
    throw new Error('not needed here');
  }

  stream(): Promise<number> {
    throw new Error('not needed here');
  }

  forward(): Promise<Duplex> {
    throw new Error('not needed here');
  }

  listen(): Promise<Listening> {
    throw new Error('not needed here');
  }

  close(): void {
    this.closed = true;
  }

  /** Removes the folder. */
  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  private run(script: string, { onLine, signal, action = 'script' }: RunOptions = {}): Promise<string> {
    const env = { PATH: process.env.PATH, FIRESTEEL_LOCK: join(this.dir, '.lock'), ...this.env };
    const child = spawn(this.shell[0], [...this.shell.slice(1), '-s'], { cwd: this.dir, env, detached: true });
    const cut = (): boolean => process.kill(-child.pid!, 'SIGKILL');
    signal?.addEventListener('abort', cut, { once: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let line = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      const lines = (line + chunk.toString()).split('\n');
      line = lines.pop()!;
      for (const whole of lines) onLine?.(whole);
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(script);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        signal?.removeEventListener('abort', cut);
        if (signal?.aborted) reject(signal.reason);
        else if (code === 0) resolve(Buffer.concat(stdout).toString());
        else reject(new CommandError(this.node, action, code, Buffer.concat(stderr).toString().trim()));
      });
    });
  }
}
