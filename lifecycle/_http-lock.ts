import { randomUUID } from 'node:crypto';
import { holderOf, type LockHolder, type TerraformLock } from './_lock-holder';
import { whoami } from './_who';

/** The settings of the http backend that we give it. */
export interface HttpSettings {
  readonly lock_address?: string;
  readonly lock_method?: string;
  readonly unlock_address?: string;
  readonly unlock_method?: string;
}

const PATIENCE_MILLISECONDS = 10_000;
const HELD = [409, 423];

/**
 * Who holds the lock of a state behind HTTP. Terraform itself does not say (OpenTofu does): as holder it names the one
 * who asked. There is no request that only asks, so this one tries to take the lock, and gives it back should it be free.
 * undefined where it is free by now.
 * @throws {Error} when the server doesn't tell
 */
export async function findHttpLockHolder(
  settings: HttpSettings,
  env: NodeJS.ProcessEnv,
): Promise<LockHolder | undefined> {
  const { lock_address = '', unlock_address = lock_address } = settings;
  const lock = { ID: randomUUID(), Operation: 'Question', Who: whoami(env), Created: new Date().toISOString() };
  const body = JSON.stringify({ ...lock, Info: '', Version: '', Path: '' });
  const answer = await send(settings.lock_method ?? 'LOCK', lock_address, body, env);
  if (HELD.includes(answer.status)) return holderOf(lockIn(await answer.text()));
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  await send(settings.unlock_method ?? 'UNLOCK', unlock_address, body, env);
  return undefined;
}

function send(method: string, address: string, body: string, env: NodeJS.ProcessEnv): Promise<Response> {
  const { TF_HTTP_USERNAME: user, TF_HTTP_PASSWORD: password = '' } = env;
  const headers = {
    'content-type': 'application/json',
    ...(user && { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }),
  };
  return fetch(address, { method, headers, body, signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
}

function lockIn(text: string): TerraformLock {
  try {
    return JSON.parse(text) as TerraformLock;
  } catch {
    throw new Error('the server does not say');
  }
}
