import { DialError } from './ssh-dial';
import { pause } from './ssh-pause';

export interface KnockOptions {
  /** Until when to try again, as `Date.now()` tells it. */
  readonly deadline: number;
  /** How long a refused login may turn into an accepted one: a new server's sshd may be up before its keys are. */
  readonly loginGraceSeconds: number;
  readonly signal?: AbortSignal;
  /** Called with each new reason for another try. */
  readonly onRetry?: (reason: string) => void;
}

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 3000;
/** A server may shut out whoever fails to log in often. */
const LOGIN_PAUSE_MS = 5000;

/**
 * Tries until a server lets us in, gently and never in step with others: it boots, or its cloud-init restarts sshd.
 * @throws {DialError} the last one, when the time is over or another try can't help
 */
export async function knock<T>(attempt: () => Promise<T>, options: KnockOptions): Promise<T> {
  let told: string | undefined;
  let refusedAt: number | undefined;
  for (let tries = 0; ; tries++) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DialError) || error.kind === 'host-key' || error.kind === 'forbidden') throw error;
      const login = error.kind === 'login';
      if (login) refusedAt ??= Date.now();
      const wait = login ? LOGIN_PAUSE_MS : Math.min(FIRST_PAUSE_MS * 1.4 ** tries, LONGEST_PAUSE_MS);
      const giveUpAt = login
        ? Math.min(options.deadline, refusedAt! + options.loginGraceSeconds * 1000)
        : options.deadline;
      if (Date.now() + wait > giveUpAt) throw error;
      if (told !== error.message) options.onRetry?.(error.message);
      told = error.message;
      await pause(wait, options.signal);
    }
  }
}
