import { directory } from '../operations/directory';
import { file } from '../operations/file';
import type { Operation } from '../operations/operation';

/** Where programs of ours lie on a node. */
export const PROGRAMS = '/usr/local/lib/firesteel';

/** A program of ours on a node, which everybody may read and run: no secret, no address. */
export function program(name: string, content: string): readonly Operation[] {
  return [directory({ path: PROGRAMS }), file({ path: `${PROGRAMS}/${name}`, content, mode: 0o755 })];
}
