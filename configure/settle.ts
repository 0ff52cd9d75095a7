import { setTimeout as pause } from 'node:timers/promises';
import { askCount } from './_ask-count';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';

/** Looks in a row that find nothing starting: work comes a moment after the service that asks for it is well. */
const QUIET_LOOKS = 2;
const PAUSE_SECONDS = 1;

/**
 * Waits until a node that has just come back to work can take what the next one gives up: its services are well, and what
 * they were given to do has started. Where that takes too long it is told, and is no reason to stop.
 */
export async function settle(member: Member, run: ClusterRun): Promise<void> {
  const context = (await run.context()).of(member);
  const scripts = member.roles.flatMap((role) => role.drain?.(context).starting ?? []);
  if (scripts.length === 0) return;
  const { signal, plan } = run.options;
  const { healthSeconds } = plan.timeouts;
  const deadline = Date.now() + healthSeconds * 1000;
  for (let quiet = 0; ; ) {
    const counts = await Promise.all(
      scripts.map((script) => askCount(member, script, run).catch((error: Error) => error)),
    );
    signal?.throwIfAborted();
    quiet = counts.every((count) => count === 0) ? quiet + 1 : 0;
    if (quiet === QUIET_LOOKS) return;
    if (quiet === 0 && Date.now() >= deadline) {
      const left = counts
        .map((count) => (count instanceof Error ? count.message : `${count} still starting`))
        .join('; ');
      return run.tell(
        member,
        'settle',
        'warn',
        `goes on although its work has not started after ${healthSeconds} s: ${left}`,
      );
    }
    await pause(PAUSE_SECONDS * 1000, undefined, { signal });
  }
}
