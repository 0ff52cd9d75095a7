import { createWriteStream, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { start } from './_run';
import type { SandboxCloud } from './_sandbox-cloud';

/** The file system of an image, as it is before anything has booted from it. */
export class ImageFiles {
  /** Downloads the image and mounts it, so that nothing can be written to it. The sandbox's images have no partitions. */
  static async of(cloud: SandboxCloud, id: string): Promise<ImageFiles> {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-image-'));
    const files = new ImageFiles(folder);
    await download(cloud, id, join(folder, 'image.qcow2'));
    const raw = join(folder, 'image.raw');
    await start('qemu-img', ['convert', '-O', 'raw', join(folder, 'image.qcow2'), raw]).succeeded();
    rmSync(join(folder, 'image.qcow2'));
    mkdirSync(files.root);
    await start('mount', ['-o', 'loop,ro,noload', raw, files.root]).succeeded();
    return files;
  }

  private constructor(private readonly folder: string) {}

  get root(): string {
    return join(this.folder, 'root');
  }

  text(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Paths of all regular files below a folder of the image, from its root on; none where there is no such folder. */
  below(folder: string): string[] {
    const names = tryNames(join(this.root, folder));
    return names.flatMap((name) => {
      const path = join(folder, name);
      const status = lstatSync(join(this.root, path));
      if (status.isDirectory()) return this.below(path);
      return status.isFile() ? [path] : [];
    });
  }

  /** Files that hold some text, binary ones too. */
  async holding(...texts: readonly string[]): Promise<string[]> {
    const words = texts.flatMap((text) => ['-e', text]);
    const { stdout } = await start('grep', ['-rlF', '--devices=skip', ...words, this.root]).ended;
    return stdout.split('\n').flatMap((path) => (path === '' ? [] : [path.slice(this.root.length)]));
  }

  async close(): Promise<void> {
    await start('umount', [this.root]).ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function download({ api, credentials }: SandboxCloud, id: string, file: string): Promise<void> {
  if (credentials.auth.kind !== 'password') throw new Error('the sandbox logs in by password');
  const domain = { id: 'default' };
  const user = { name: credentials.auth.user.name, domain, password: credentials.auth.password.reveal() };
  const scope = { project: { id: api.projectId } };
  const body = JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } });
  const headers = { 'content-type': 'application/json' };
  const login = await fetch(`${credentials.authUrl}/auth/tokens`, { method: 'POST', headers, body });
  const token = login.headers.get('x-subject-token') ?? '';
  const answer = await fetch(`${api.session.endpoint('image')}/images/${id}/file`, {
    headers: { 'x-auth-token': token },
  });
  if (!answer.ok || !answer.body) throw new Error(`the image could not be read: ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(file));
}

function tryNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
