import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Running, start } from './_run';

const DEBIAN = '/usr/lib/postgresql';

/** A real PostgreSQL on a port of this machine, with one data base and its owner, who logs in by a password. */
export class Postgres {
  readonly database = 'terraform';
  readonly user = 'terraform';
  readonly password = randomBytes(18).toString('base64url');

  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly server: Running,
    private readonly adminPassword: string,
  ) {}

  static async start(): Promise<Postgres> {
    const dir = mkdtempSync(join(tmpdir(), 'firesteel-postgres-'));
    chmodSync(dir, 0o777); // the server runs as somebody else
    const adminPassword = randomBytes(18).toString('base64url');
    const passwordFile = join(dir, 'password');
    writeFileSync(passwordFile, adminPassword, { mode: 0o644 });
    const data = join(dir, 'data');
    const settings = ['-A', 'scram-sha-256', '-U', 'admin', `--pwfile=${passwordFile}`, '--no-sync'];
    await unprivileged('initdb', ['-D', data, ...settings]).succeeded();
    const port = await freePort();
    const options = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' };
    const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = unprivileged('postgres', ['-D', data, ...flags]);
    await server.line((line) => line.includes('ready to accept connections'));
    const postgres = new Postgres(port, dir, server, adminPassword);
    await postgres.#makeDatabase();
    return postgres;
  }

  /** Without user and password. */
  get address(): string {
    return `postgres://127.0.0.1:${this.port}/${this.database}?sslmode=disable`;
  }

  /** Rows of a query of the administrator's. */
  async query<T extends object>(text: string, database = this.database): Promise<T[]> {
    const client = new Client({ ...this.#admin, database });
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    this.server.kill('SIGINT'); // ends connections, too
    await this.server.ended;
    rmSync(this.dir, { recursive: true, force: true });
  }

  get #admin() {
    return { host: '127.0.0.1', port: this.port, user: 'admin', password: this.adminPassword };
  }

  async #makeDatabase(): Promise<void> {
    await this.query(`CREATE ROLE ${this.user} LOGIN PASSWORD '${this.password}'`, 'postgres');
    await this.query(`CREATE DATABASE ${this.database} OWNER ${this.user}`, 'postgres');
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(program: string, args: readonly string[]): Running {
  const file = findProgram(program);
  const options = { cwd: '/' };
  if (process.getuid?.() !== 0) return start(file, args, options);
  return start('setpriv', ['--reuid=nobody', '--regid=nogroup', '--clear-groups', file, ...args], options);
}

/** Debian keeps the server's programs off PATH, in a folder for each version. */
function findProgram(name: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const files = versions.map((version) => join(DEBIAN, version, 'bin', name));
  return files.find((file) => existsSync(file)) ?? name;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
