import { modeText, type Ownership } from './_ownership';
import { beside, makeTemporary } from './_temporary';
import type { Secret } from './secret';
import { type Shell, sh } from './shell';

/**
 * Writes a file so that nobody ever sees half of it, nor sees it with other rights than it is to have. `printf` is the
 * shell's own, so the content is in no argv.
 */
export function atomicWrite(path: string, content: string | Secret, ownership: Ownership): Shell {
  return sh`
    ( umask 077
    ${makeTemporary(beside(path))}
    printf %s ${content} >"$temporary"
    chown -- ${`${ownership.owner}:${ownership.group}`} "$temporary"
    chmod -- ${modeText(ownership.mode)} "$temporary"
    mv -fT -- "$temporary" ${path} )
  `;
}
