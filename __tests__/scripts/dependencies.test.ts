import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const { installed } = require('../../scripts/_dependencies') as { installed: (root: string) => boolean };

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, Entry>>;

describe('what is installed', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'firesteel-scripts-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (name: string, packages: Packages) => {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ packages }));
  };
  const a1 = { version: '1.0.0', integrity: 'sha512-a1' };
  const a2 = { version: '2.0.0', integrity: 'sha512-a2' };

  test.each<[string, Packages, Packages, boolean]>([
    ['the same', { '': {}, 'node_modules/a': a1 }, { 'node_modules/a': a1 }, true],
    ['another version', { 'node_modules/a': a2 }, { 'node_modules/a': a1 }, false],
    ['another content', { 'node_modules/a': { ...a1, integrity: 'sha512-b' } }, { 'node_modules/a': a1 }, false],
    ['one is missing', { 'node_modules/a': a1, 'node_modules/b': a1 }, { 'node_modules/a': a1 }, false],
    [
      'one for another platform is missing',
      { 'node_modules/a': a1, 'node_modules/b': { ...a1, optional: true } },
      { 'node_modules/a': a1 },
      true,
    ],
    ['a workspace', { 'node_modules/a': { link: true }, 'providers/a': { version: '1.0.0' } }, {}, true],
    ['more than is wanted', {}, { 'node_modules/a': a1 }, true],
  ])('%s', (_title, wanted, present, expected) => {
    write('package-lock.json', wanted);
    write('node_modules/.package-lock.json', present);
    expect(installed(root)).toBe(expected);
  });

  test('nothing at all', () => {
    write('package-lock.json', { 'node_modules/a': a1 });
    expect(installed(root)).toBe(false);
  });

  test('fails for a lock file with a merge conflict', () => {
    writeFileSync(join(root, 'package-lock.json'), '<<<<<<< HEAD');
    expect(() => installed(root)).toThrow(/package-lock\.json can't be read/);
  });
});

/** npm leaves out, without a word, what its registry does not have; `npm ci` then refuses the file everywhere. */
test('the lock file has the packages of all platforms', () => {
  const file = join(__dirname, '..', '..', 'package-lock.json');
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages };
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !visibleFrom(place, name, packages))
      .map((name) => `${name} of ${place}`),
  );
  expect(missing).toEqual([]);
});

function visibleFrom(place: string, name: string, packages: Packages): boolean {
  for (let from: string | undefined = place; from !== undefined; from = parent(from)) {
    if (packages[join(from, 'node_modules', name)]) return true;
  }
  return false;
}

function parent(place: string): string | undefined {
  if (place === '') return undefined;
  const cut = place.lastIndexOf('/node_modules/');
  return cut < 0 ? '' : place.slice(0, cut);
}
