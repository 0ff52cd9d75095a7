import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { environmentJsonSchema } from '../plan/json-schema';
import { ROLES } from '../roles';
import { roleTable } from '../roles/role-table';

/** Documents made from the code, by path: written by `npm run docs`, compared by `npm test`. */
const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/roles.md': () => roleTable(ROLES),
  'docs/schema/environment.schema.json': () => `${JSON.stringify(environmentJsonSchema(), null, 2)}\n`,
};

const root = join(__dirname, '..');
const check = process.argv.includes('--check');
const stale = Object.entries(DOCUMENTS).filter(([path, make]) => read(join(root, path)) !== make());

if (check && stale.length > 0) {
  console.error(`out of date: ${stale.map(([path]) => path).join(', ')}; "npm run docs" writes them anew`);
  process.exitCode = 1;
}
if (!check) {
  for (const [path, make] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), make());
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
