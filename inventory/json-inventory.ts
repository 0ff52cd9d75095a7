import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { clusterOutputSchema } from '../plan/cluster-output';
import type { Inventory, InventoryRecord } from './inventory';

const hostKey = z.object({ type: z.string(), key: z.string(), source: z.enum(['console', 'plan', 'first-use']) });

const recordSchema = z.object({
  version: z.literal(1),
  environment: z.string(),
  cluster: clusterOutputSchema,
  hostKeys: z.record(z.string(), z.array(hostKey)),
});

const ENVIRONMENT = /^[a-z0-9][a-z0-9-]*$/;

/** One JSON file an environment in a folder that only its owner can read, e.g. `.firesteel/dev.json`. */
export class JsonInventory implements Inventory {
  /** @param folder e.g. `.firesteel`; made when something is written */
  constructor(private readonly folder: string) {}

  /** @throws {Error} that names the file when it is damaged */
  async read(environment: string): Promise<InventoryRecord | undefined> {
    const file = this.#file(environment);
    const text = await tryRead(file);
    return text === undefined ? undefined : parse(text, file, environment);
  }

  async write(record: InventoryRecord): Promise<void> {
    const file = this.#file(record.environment);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  }

  async remove(environment: string): Promise<void> {
    await rm(this.#file(environment), { force: true });
  }

  async list(): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new Error(`${this.folder} can't be read: ${error.message}`);
    });
    const environments = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    return environments.filter((name) => ENVIRONMENT.test(name)).sort();
  }

  #file(environment: string): string {
    if (!ENVIRONMENT.test(environment))
      throw new Error(`"${environment}" is no environment's name: lower-case letters, digits and hyphens`);
    return join(this.folder, `${environment}.json`);
  }
}

async function tryRead(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(`${file} can't be read: ${message}`);
  }
}

function parse(text: string, file: string, environment: string): InventoryRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, environment, (error as Error).message);
  }
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success)
    throw damaged(
      file,
      environment,
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  if (parsed.data.environment !== environment)
    throw damaged(file, environment, `it is about ${parsed.data.environment}`);
  return parsed.data;
}

function damaged(file: string, environment: string, what: string): Error {
  return new Error(
    `${file} is damaged: ${what}. Next: remove it and run \`firesteel configure ${environment}\`, which makes it anew from Terraform's state ` +
      "and reads the host keys from the servers' console logs again.",
  );
}
