import type { Session } from './session';

/** Asks on a terminal whether to go on; where nobody sits, it is gone on. */
export function confirmWith(session: Session, yes = false): { confirm?: (losses: string) => Promise<boolean> } {
  if (!session.interactive || yes) return {};
  return {
    confirm: async (losses) => /^y(es)?$/i.test((await session.ask(`${losses}\nGo on? (yes/no)`)).trim()),
  };
}
