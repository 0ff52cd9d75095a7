import { modeText, type Ownership } from './_ownership';
import { baseOf, parentOf } from './_path';
import { beside, inside, makeTemporary } from './_temporary';
import type { Joint } from './operation';
import type { Secret } from './secret';
import { lines, type Shell, sh } from './shell';

/** A file as it is to be. */
export interface FileWrite {
  readonly path: string;
  readonly content: string | Secret;
  readonly ownership: Ownership;
}

/**
 * Writes a file so that nobody ever sees half of it, nor sees it with other rights than it is to have. `printf` is the
 * shell's own, so the content is in no argv.
 */
export function atomicWrite(path: string, content: string | Secret, ownership: Ownership): Shell {
  return sh`
    ( umask 077
    ${makeTemporary(beside(path))}
    printf %s ${content} >"$temporary"
    ${own([sh`"$temporary"`], ownership)}
    mv -fT -- "$temporary" ${path} )
  `;
}

/**
 * Writes several files as `atomicWrite` writes each, with few programs for all of a directory. Where one of them can't be
 * written, the others of its directory aren't either.
 */
export const jointWrite: Joint<FileWrite> = {
  script: (files) => lines(...groups(files, ({ path }) => parentOf(path)).map(writeInto)).text,
};

/** They get their rights in a directory that only root may enter, and come out of it by one `mv`. */
function writeInto(files: readonly FileWrite[]): Shell {
  const directory = parentOf(files[0]!.path);
  const staged = ({ path }: FileWrite): Shell => sh`"$temporary/"${baseOf(path)}`;
  const sameRights = groups(files, ({ ownership }) => JSON.stringify(ownership));
  return sh`
    ( umask 077
    for path in ${files.map(({ path }) => path)}; do
      if [ -d "$path" ] && [ ! -L "$path" ]; then echo "$path is a directory" >&2; exit 1; fi
    done
    ${makeTemporary(inside(directory), 'directory')}
    ${lines(...files.map((file) => sh`printf %s ${file.content} >${staged(file)}`))}
    ${lines(...sameRights.map((some) => own(some.map(staged), some[0]!.ownership)))}
    mv -f -t ${directory} -- ${words(files.map(staged))} )
  `;
}

/** New files that are root's are not given to root again, unless their directory hands its group on. */
function own(files: readonly Shell[], { owner, group, mode }: Ownership): Shell {
  const chown = sh`chown -- ${`${owner}:${group}`} ${words(files)}`;
  const roots = sh`
    for file in ${words(files)}; do
      if [ ! -O / ] || [ ! -G / ] || [ ! -O "$file" ] || [ ! -G "$file" ]; then chown -- root:root "$file"; fi
    done
  `;
  return sh`
    ${owner === 'root' && group === 'root' ? roots : chown}
    chmod -- ${modeText(mode)} ${words(files)}
  `;
}

function words(pieces: readonly Shell[]): Shell {
  return sh`${pieces.reduce((all, piece) => sh`${all} ${piece}`)}`;
}

function groups<T>(items: readonly T[], key: (item: T) => string): readonly (readonly T[])[] {
  const byKey = new Map<string, T[]>();
  for (const item of items) byKey.set(key(item), [...(byKey.get(key(item)) ?? []), item]);
  return [...byKey.values()];
}
