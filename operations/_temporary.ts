import { baseOf, parentOf } from './_path';
import { type Shell, sh } from './shell';

/** Where something lies before it is whole: hidden, on the same disk as `path`, and by its name nobody else's. */
export function beside(path: string): Shell {
  return sh`${`${within(parentOf(path))}.${baseOf(path)}.firesteel-`}`;
}

/** Where several things lie before they are to come into a directory, as `beside` does for one. */
export function inside(directory: string): Shell {
  return sh`${`${within(directory)}.firesteel-`}`;
}

/**
 * Sets `$temporary` to a name that nobody can guess, for what is to be renamed when it is whole; to stand in a subshell.
 * What is made there (a directory is made here) goes with the subshell, also when a signal ends that (a shell such as
 * dash would leave it then), and whatever a killed run left goes now. The shell does it alone: a program that is started
 * costs more than all the rest.
 * @param prefix words of its name before the random ones
 */
export function makeTemporary(prefix: Shell, kind: 'file' | 'directory' = 'file'): Shell {
  const make = kind === 'directory' ? sh`mkdir -m 0700 -- "$temporary"` : sh``;
  return sh`
    for temporary in ${prefix}????????-????-????-????-????????????; do
      if [ -e "$temporary" ] || [ -L "$temporary" ]; then rm -rf -- "$temporary"; fi
    done
    read -r temporary </proc/sys/kernel/random/uuid
    temporary=${prefix}"$temporary"
    trap 'if [ -e "$temporary" ]; then rm -rf -- "$temporary"; fi' EXIT
    trap 'exit 143' HUP INT TERM
    ${make}
  `;
}

function within(directory: string): string {
  return directory === '/' ? '/' : `${directory}/`;
}
