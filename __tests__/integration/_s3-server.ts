import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, start } from './_run';

/** From PyPI; keeps everything in memory. */
const MOTO = 'moto[s3,server]==5.2.5';

/**
 * A server that speaks S3 (moto), with one bucket. It stands in for Swift's and Ceph's S3 API: what Terraform needs of such
 * a service, objects and writes that fail where there is an object already, it has; it checks no keys.
 */
export class S3Server {
  readonly bucket = 'states';
  readonly accessKey = 'access';
  readonly secretKey = 'secret';

  private constructor(
    readonly endpoint: string,
    private readonly dir: string,
    private readonly server: Running,
  ) {}

  static async start(): Promise<S3Server> {
    const dir = mkdtempSync(join(tmpdir(), 'firesteel-s3-'));
    await start('python3', ['-m', 'pip', 'install', '--quiet', '--target', dir, MOTO]).succeeded();
    const env = { ...process.env, PYTHONPATH: dir, PYTHONUNBUFFERED: '1' };
    const server = start('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], { env });
    const line = await server.line((text) => text.includes('Running on'));
    const [endpoint = ''] = /http:\S+/.exec(line) ?? [];
    const made = new S3Server(endpoint, dir, server);
    await made.#request('PUT', `/${made.bucket}`);
    return made;
  }

  /** Names of the objects that there are. */
  async keys(): Promise<string[]> {
    const text = await this.#request('GET', `/${this.bucket}?list-type=2`);
    return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key!).sort();
  }

  async stop(): Promise<void> {
    this.server.kill('SIGTERM');
    await this.server.ended;
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #request(method: string, path: string): Promise<string> {
    const answer = await fetch(`${this.endpoint}${path}`, { method });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }
}
