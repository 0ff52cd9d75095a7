import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const dir = mkdtempSync(join(tmpdir(), 'firesteel-foreign-'));
const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));

/** What a user gets: what `npm pack` makes of this checkout, installed into a project that knows nothing of it. */
beforeAll(() => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const versionOf = (name: string) => `${name}@${devDependencies[name]}`;
  const tarball = run('npm', ['pack', '--silent', '--pack-destination', dir], root).trim().split('\n').pop()!;
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'foreign', private: true }));
  run('npm', [
    'install',
    '--silent',
    join(dir, tarball),
    ...['cdktf', 'constructs', 'typescript', 'tsx', '@types/node'].map(versionOf),
  ]);
  for (const file of examples) copyFileSync(join(root, 'examples', file), join(dir, file));
  writeFileSync(join(dir, 'refused.ts'), REFUSED);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Types that let everything pass would pass as well: each line must be an error. */
const REFUSED = `import { App } from 'cdktf';
import { CommonStack, SparkClusterStack } from 'firesteel';
import { converge } from 'firesteel/configure';

const app = new App();
// @ts-expect-error no access
new CommonStack(app, 'common', { cloud: 'mycloud', publicKey: 'ssh-ed25519 AAAA' });
const common = CommonStack.fromName('common');
// @ts-expect-error a count is a number
new SparkClusterStack(app, 'dev', { common, image: 'debian-12', master: { flavor: 'a' }, workers: { flavor: 'a', count: 'three' } });
// @ts-expect-error nothing to converge
converge();
`;

function run(file: string, args: readonly string[], cwd = dir, env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(file, args, {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

const node = (...args: string[]) => run(process.execPath, args);

test.each([
  [
    'as cdktf init sets it up',
    ['--module', 'commonjs', '--moduleResolution', 'node10', '--target', 'es2018', '--skipLibCheck'],
  ],
  ['as Node.js resolves', ['--module', 'node16', '--moduleResolution', 'node16', '--target', 'es2022']],
  ['as bundlers resolve', ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022']],
])('has types, %s', (_title, options) => {
  node(
    'node_modules/typescript/bin/tsc',
    '--noEmit',
    '--strict',
    '--types',
    'node',
    ...options,
    ...examples,
    'refused.ts',
  );
});

test.each(examples)('%s synthesizes with nothing else to install', (file) => {
  const outdir = join(dir, 'out', file);
  mkdirSync(outdir, { recursive: true });
  run(process.execPath, ['--import', 'tsx', file], dir, { ...process.env, CDKTF_OUTDIR: outdir });
  const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as {
    stacks: Record<string, { synthesizedStackPath: string; dependencies: string[] }>;
  };
  for (const { synthesizedStackPath, dependencies } of Object.values(stacks)) {
    const json = JSON.parse(readFileSync(join(outdir, synthesizedStackPath), 'utf8'));
    expect(json.terraform.required_providers.openstack.version).toBe('>= 1.54.1, < 4.0.0');
    expect(dependencies).toEqual([]);
  }
});

test('the library loads no SSH and no command line, its hands no cdktf', () => {
  const loaded = (entry: string) => `require('${entry}');
    const names = Object.keys(require.cache).map((file) => file.split('/node_modules/').pop().split('/')[0]);
    console.log(JSON.stringify([...new Set(names)]))`;
  const library = JSON.parse(node('-e', loaded('firesteel'))) as string[];
  expect(library).toContain('cdktf');
  for (const name of ['node-ssh', 'ssh2', 'commander', 'undici', 'openpgp']) expect(library).not.toContain(name);
  const hands = JSON.parse(node('-e', loaded('firesteel/configure'))) as string[];
  expect(hands).toContain('ssh2');
  for (const name of ['cdktf', 'constructs', 'commander']) expect(hands).not.toContain(name);
});

test('the command runs from what was compiled', () => {
  expect(run('npx', ['--no-install', 'firesteel', '--help'])).toContain('Usage: firesteel');
});

test('what makes the stacks of a cluster without a file needs nothing where that cluster is kept', () => {
  const kept = mkdtempSync(join(tmpdir(), 'firesteel-kept-'));
  mkdirSync(join(kept, 'environments'));
  const common = 'kind: common\nssh: {keyPair: ada}\naccess: [203.0.113.7/32]\nnetwork: {existing: lab, subnet: lab}\n';
  writeFileSync(join(kept, 'environments', 'demo-common.yaml'), common);
  const app = join(dir, 'node_modules', 'firesteel', 'bin', 'synth.js');

  run(process.execPath, [app], kept, { ...process.env, CDKTF_OUTDIR: join(kept, 'out') });

  const { stacks } = JSON.parse(readFileSync(join(kept, 'out', 'manifest.json'), 'utf8'));
  expect(Object.keys(stacks)).toEqual(['demo-common']);
  rmSync(kept, { recursive: true });
});
