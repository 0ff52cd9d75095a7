import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { lock } from 'proper-lockfile';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { Secret } from '../operations/secret';
import type { SecretStore } from './secret-store';

export interface FileSecretStoreOptions {
  /** The project whose secrets these are; projects don't see each other's. */
  readonly projectDir: string;
  /** @default '${XDG_CONFIG_HOME:-~/.config}/firesteel/secrets.json' */
  readonly file?: string;
  /** Told when the file could be read by others and was closed to them. @default - not told */
  readonly onWarning?: (text: string) => void;
}

const environments = z.record(z.string(), z.record(z.string(), z.string()));

const contentSchema = z.object({
  version: z.literal(1),
  /** By digest of the project's real path; the path itself is for people. */
  projects: z.record(z.string(), z.object({ path: z.string(), environments })),
});

type Content = z.infer<typeof contentSchema>;

/** How long another process may hold the file, and how often it is asked for. */
const LOCK_OPTIONS = {
  stale: 10_000,
  retries: { retries: 100, factor: 1.2, minTimeout: 20, maxTimeout: 300, randomize: true },
};

/**
 * Secrets in one file of the user's config folder that only its owner can read. It is written atomically and one writer
 * after the other. Losing it loses nothing: what a running cluster uses can be read back from its master.
 */
export class FileSecretStore implements SecretStore {
  readonly #file: string;
  readonly #path: string;
  readonly #project: string;

  constructor(private readonly options: FileSecretStoreOptions) {
    this.#file = options.file ?? defaultSecretsFile();
    this.#path = realpathSync(resolve(options.projectDir));
    this.#project = createHash('sha256').update(this.#path).digest('hex').slice(0, 32);
  }

  async get(environment: string, name: string): Promise<Secret | undefined> {
    const content = await this.#read();
    const value = entry(entry(content.projects, this.#project)?.environments, environment);
    const secret = entry(value, name);
    return secret === undefined ? undefined : new Secret(secret);
  }

  async set(environment: string, name: string, value: Secret): Promise<void> {
    await this.#change((content) => {
      content.projects[this.#project] ??= { path: this.#path, environments: {} };
      const project = content.projects[this.#project]!;
      const secrets = entry(project.environments, environment) ?? {};
      project.environments[environment] = { ...secrets, [name]: value.reveal() };
    });
  }

  async removeAll(environment: string): Promise<void> {
    if ((await this.#read()).projects[this.#project] === undefined) return;
    await this.#change((content) => {
      const project = content.projects[this.#project];
      if (!project) return;
      delete project.environments[environment];
      if (Object.keys(project.environments).length === 0) delete content.projects[this.#project];
    });
  }

  async #change(change: (content: Content) => void): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    // The lock is a folder beside the file, which need not exist yet.
    const release = await lock(this.#file, { ...LOCK_OPTIONS, realpath: false }).catch((error: Error) => {
      throw new Error(
        `${this.#file} is held by another process: ${error.message}. Next: run it again when that one has ended.`,
      );
    });
    try {
      const content = await this.#read();
      change(content);
      await writeFileAtomic(this.#file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    } finally {
      await release();
    }
  }

  async #read(): Promise<Content> {
    const text = await this.#readText();
    return text === undefined ? { version: 1, projects: {} } : parse(text, this.#file);
  }

  async #readText(): Promise<string | undefined> {
    try {
      await this.#closeToOthers();
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #closeToOthers(): Promise<void> {
    const { mode, uid } = await stat(this.#file);
    if (process.getuid && uid !== process.getuid()) {
      throw new Error(
        `${this.#file} belongs to another user (${uid}), so it is not trusted. Next: remove it, or chown it.`,
      );
    }
    if ((mode & 0o077) === 0) return;
    await chmod(this.#file, 0o600);
    this.options.onWarning?.(
      `${this.#file} could be read by other users (${(mode & 0o777).toString(8)}); it is 600 now. If others use this machine, renew what is in it.`,
    );
  }
}

/** `${XDG_CONFIG_HOME:-~/.config}/firesteel/secrets.json` */
export function defaultSecretsFile(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'firesteel', 'secrets.json');
}

/** An own entry of a record: a name like `constructor` is a name like any other. */
function entry<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function parse(text: string, file: string): Content {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch {
    // What zod or JSON.parse say may hold a part of the content.
    throw new Error(
      `${file} is damaged. Next: move it away and run \`firesteel configure ENVIRONMENT\`, which reads the secrets of a running cluster back from its nodes.`,
    );
  }
}
