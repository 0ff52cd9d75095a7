import { findHttpLockHolder } from './_http-lock';
import { holderOf, type LockHolder, type TerraformLock } from './_lock-holder';
import { findPgLockHolder, pgSignature } from './_pg-lock';
import { wantedBackend } from './_state-backend';
import type { Diagnostic } from './_terraform-messages';
import { whoami } from './_who';
import type { SynthesizedStack } from './synth';

/**
 * Whether somebody holds the lock: Terraform reads a state before it locks it, and tells under the same title what it can't
 * read. Backends that don't always say who holds it are taken at the title's word.
 */
export function isHeld(stack: SynthesizedStack, locked: Diagnostic): boolean {
  return ASKED_FOR_HOLDER.has(wantedBackend(stack).type) || lockIn(locked.detail ?? '').ID !== undefined;
}

const ASKED_FOR_HOLDER: ReadonlySet<string> = new Set(['pg', 'http']);

/** One sentence on a state that somebody else is changing: who, since when, what for, and what to do. */
export async function describeLock(
  stack: SynthesizedStack,
  locked: Diagnostic,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { name } = stack;
  try {
    const holder = await findHolder(stack, locked.detail ?? '', env);
    if (!holder) return `the state of ${name} was in use by another run, which has just ended: run this again`;
    return sentence(name, inWords(holder));
  } catch (error) {
    return sentence(name, `by whom could not be found out: ${(error as Error).message}`);
  }
}

/** Two of the backends name the one who asked instead of the holder; what they say is not to be repeated. */
async function findHolder(
  stack: SynthesizedStack,
  detail: string,
  env: NodeJS.ProcessEnv,
): Promise<LockHolder | undefined> {
  const { type, config } = wantedBackend(stack);
  if (type === 'pg') return findPgLockHolder(config, env);
  const said = lockIn(detail);
  if (type !== 'http' || HELD_UNDER.exec(detail)?.[1] === said.ID) return holderOf(said);
  return findHttpLockHolder(config, env);
}

const HELD_UNDER = /already locked: ID=(\S+)/;

function lockIn(detail: string): TerraformLock {
  const names = ['ID', 'Who', 'Operation', 'Created'] as const;
  const fields = names.map((name) => [name, new RegExp(`^ *${name}: +(\\S.*)$`, 'm').exec(detail)?.[1]?.trim()]);
  return Object.fromEntries(fields) as TerraformLock;
}

function sentence(name: string, details: string): string {
  return `the state of ${name} is in use by another run${details && ` (${details})`}: wait until that has ended, then run this again`;
}

function inWords({ who, operation, since }: LockHolder): string {
  return [who, operation, since && `since ${since}`].filter(Boolean).join(', ');
}

/** Variables by which others see who holds a lock, where the backend itself does not tell them. */
export function lockSignature(stack: SynthesizedStack, command: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (wantedBackend(stack).type !== 'pg' || env.PGAPPNAME) return {};
  return { PGAPPNAME: pgSignature(command, whoami(env)) };
}
