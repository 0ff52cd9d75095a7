import { sha256 } from './_digest';
import type { Secret } from './secret';
import { type Shell, sh } from './shell';

/** A file and the text it is to have; writing it is another operation's. */
export interface ReadFile {
  readonly path: string;
  readonly content: string | Secret;
}

/**
 * A condition: what a service has read from the file may be something else than the text it is to have. Either the file is
 * another one now, or it was written after `marker` was: it was put right, and a run may have broken off after that.
 */
export function stale({ path, content }: ReadFile, marker: string): Shell {
  const digest = `${sha256(content)}  -`;
  return sh`[ ${path} -nt ${marker} ] || [ "$(sha256sum 2>/dev/null <${path})" != ${digest} ]`;
}
