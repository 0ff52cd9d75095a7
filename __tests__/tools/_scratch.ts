import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of a test's own, removed after it, and an environment that knows nothing but it. */
export class Scratch {
  readonly dir = mkdtempSync(join(tmpdir(), 'firesteel-tools-'));
  readonly bin = join(this.dir, 'bin');
  readonly home = join(this.dir, 'home');
  readonly cache = join(this.dir, 'cache');

  constructor() {
    for (const folder of [this.bin, this.home]) mkdirSync(folder);
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: this.bin, HOME: this.home, FIRESTEEL_CACHE: this.cache };
  }

  /** A program on PATH: a shell script. The real ones of many versions can't be had here. */
  program(name: string, script: string): string {
    return this.file(join('bin', name), `#!/bin/sh\n${script}\n`, 0o755);
  }

  file(name: string, text: string, mode = 0o644): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A web server on the loopback with these answers by path; everything else is 404. Counts what it was asked. */
export class Answers {
  readonly asked: string[] = [];
  #server: Server | undefined;

  constructor(readonly answers: Record<string, string | Buffer> = {}) {}

  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      const answer = this.answers[request.url ?? ''];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(request.method === 'HEAD' ? undefined : answer);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}
