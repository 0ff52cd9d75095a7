import { baseOf, parentOf } from './_path';
import { type Shell, sh } from './shell';

/** Where something lies before it is whole: hidden, on the same disk as `path`, and by its name nobody else's. */
export function beside(path: string): Shell {
  const directory = parentOf(path);
  return sh`${`${directory === '/' ? '' : directory}/.${baseOf(path)}.firesteel-`}`;
}

/**
 * Makes `$temporary`, for what is to be renamed when it is whole; to stand in a subshell. It goes with the subshell, also
 * when a signal ends that (a shell such as dash would leave it then), and whatever a killed run left goes now.
 * @param prefix words of its name before the random ones
 */
export function makeTemporary(prefix: Shell, kind: 'file' | 'directory' = 'file'): Shell {
  const options = kind === 'directory' ? sh`-d --` : sh`--`;
  return sh`
    rm -rf -- ${prefix}????????
    temporary=$(mktemp ${options} ${prefix}XXXXXXXX)
    trap 'rm -rf -- "$temporary"' EXIT
    trap 'exit 143' HUP INT TERM
  `;
}
