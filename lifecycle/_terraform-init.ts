import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { jsonDigest } from '../plan/json-digest';
import type { SynthesizedStack } from './synth';

const MARK = join('.terraform', 'firesteel-init.json');
const LOCK = '.terraform.lock.hcl';
/** `.terraform/providers/<host>/<namespace>/<type>/<version>/<platform>` */
const PROVIDER_DEPTH = 5;

let last: Promise<unknown> = Promise.resolve();

/** One after the other: a plug-in cache of Terraform's is not made for two at once. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn.catch(() => undefined);
  return turn;
}

/** Whether the last `terraform init` of the stack was for what it needs now, and its outcome is still there. */
export function initIsCurrent(stack: SynthesizedStack, env: NodeJS.ProcessEnv): boolean {
  const mark = join(stack.dir, MARK);
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== digest(stack, env)) return false;
  if (Object.keys(stack.config.terraform?.required_providers ?? {}).length === 0) return true;
  return providersAreThere(join(stack.dir, '.terraform', 'providers'), PROVIDER_DEPTH);
}

export function rememberInit(stack: SynthesizedStack, env: NodeJS.ProcessEnv): void {
  writeFileAtomic(join(stack.dir, MARK), digest(stack, env));
}

/** What `init` depends on: backend and providers, the program and its settings, and the lock file it left. */
function digest(stack: SynthesizedStack, env: NodeJS.ProcessEnv): string {
  const parts = [
    stack.config.terraform ?? {},
    env.TERRAFORM_BINARY_NAME,
    env.TF_CLI_CONFIG_FILE,
    env.TF_PLUGIN_CACHE_DIR,
  ];
  const files = [env.TF_CLI_CONFIG_FILE, join(stack.dir, LOCK)].map((file) =>
    file && existsSync(file) ? readFileSync(file, 'utf8') : null,
  );
  return jsonDigest([parts, files]);
}

/** Links into a mirror or a cache that is gone lead nowhere. */
function providersAreThere(dir: string, depth: number): boolean {
  if (!existsSync(dir)) return false;
  if (depth === 0) return statSync(dir).isDirectory() && readdirSync(dir).length > 0;
  const entries = readdirSync(dir);
  return entries.length > 0 && entries.every((entry) => providersAreThere(join(dir, entry), depth - 1));
}
