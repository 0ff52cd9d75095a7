import { statSync } from 'node:fs';
import { z } from 'zod';

/** A folder of the operator's machine, which a plan names from the project's folder on: `./site`. */
export const localFolder = z.string().refine(isFolder, {
  abort: true,
  error: ({ input }) => `there is no folder ${input}; name it from the project's folder on, like ./site`,
});

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
