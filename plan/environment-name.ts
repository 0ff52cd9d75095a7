import { isName, NAME_RULE } from './_names';

/** What is wrong with a name for an environment; undefined where nothing is. */
export function wrongEnvironmentName(name: string): string | undefined {
  return isName(name) ? undefined : `"${name}" is no such name: ${NAME_RULE}`;
}
