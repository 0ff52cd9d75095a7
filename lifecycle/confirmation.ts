import { RefusedError } from './errors';

/** Of verbs that destroy what they were asked to. */
export interface Confirmation {
  /** Asks the user, with what goes; false leaves everything as it is. @default - goes on without asking */
  readonly confirm?: (losses: string) => Promise<boolean>;
}

/**
 * @param name of what would be changed
 * @throws {RefusedError} when the user says no
 */
export async function confirmed(name: string, losses: string, { confirm }: Confirmation): Promise<void> {
  if (!confirm || (await confirm(losses))) return;
  throw new RefusedError(`refused: ${name} stays as it is`);
}
