import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Secret } from '../../operations/secret';
import { defaultSecretsFile, FileSecretStore } from '../../secrets/file-secret-store';

describe('FileSecretStore', () => {
  let folder: string;
  let projectDir: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    projectDir = join(folder, 'project');
    mkdirSync(projectDir);
    file = join(folder, 'config', 'firesteel', 'secrets.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('gives back what was set, to the same project and environment only', async () => {
    const store = new FileSecretStore({ projectDir, file });
    expect(await store.get('dev', 'spark.authenticate')).toBeUndefined();
    await store.set('dev', 'spark.authenticate', new Secret('s3cret'));
    await store.set('dev', 'constructor', new Secret('other'));
    expect((await new FileSecretStore({ projectDir, file }).get('dev', 'spark.authenticate'))!.reveal()).toBe('s3cret');
    expect((await store.get('dev', 'constructor'))!.reveal()).toBe('other');
    expect(await store.get('dev', 'toString')).toBeUndefined();
    expect(await store.get('test', 'spark.authenticate')).toBeUndefined();
    mkdirSync(join(folder, 'elsewhere'));
    expect(
      await new FileSecretStore({ projectDir: join(folder, 'elsewhere'), file }).get('dev', 'spark.authenticate'),
    ).toBeUndefined();
  });

  test('knows a project by its real path', async () => {
    symlinkSync(projectDir, join(folder, 'link'));
    await new FileSecretStore({ projectDir, file }).set('dev', 'a', new Secret('1'));
    expect((await new FileSecretStore({ projectDir: join(folder, 'link'), file }).get('dev', 'a'))!.reveal()).toBe('1');
  });

  test('forgets an environment, and a project with none', async () => {
    const store = new FileSecretStore({ projectDir, file });
    await store.removeAll('dev');
    expect(readdirSync(folder)).toEqual(['project']);
    await store.set('dev', 'a', new Secret('1'));
    await store.set('test', 'a', new Secret('2'));
    await store.removeAll('dev');
    expect(await store.get('dev', 'a')).toBeUndefined();
    expect((await store.get('test', 'a'))!.reveal()).toBe('2');
    await store.removeAll('test');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 1, projects: {} });
  });

  test('is a file for its owner only, in a folder for its owner only', async () => {
    await new FileSecretStore({ projectDir, file }).set('dev', 'a', new Secret('1'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file))).toEqual(['secrets.json']);
  });

  test('closes a file that others could read, and warns', async () => {
    const warnings: string[] = [];
    const store = new FileSecretStore({ projectDir, file, onWarning: (text) => warnings.push(text) });
    await store.set('dev', 'a', new Secret('1'));
    chmodSync(file, 0o644);
    expect((await store.get('dev', 'a'))!.reveal()).toBe('1');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([expect.stringContaining('could be read by other users (644); it is 600 now')]);
  });

  test.each(['{', '{"version":1,"projects":{"x":{"secret":"hunter2"}}}'])(
    'refuses a damaged file without showing it',
    async (text) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o600 });
      const getting = new FileSecretStore({ projectDir, file }).get('dev', 'a');
      await expect(getting).rejects.toThrow(`${file} is damaged. Next: move it away`);
      await expect(getting).rejects.not.toThrow(/hunter2/);
    },
  );

  test('loses nothing when many write at once, in one process and in several', async () => {
    const store = new FileSecretStore({ projectDir, file });
    const numbers = Array.from({ length: 10 }, (_, number) => number);
    const others = ['a', 'b', 'c'].map((name) => writeFromAnotherProcess(projectDir, file, name, 5));
    await Promise.all([
      ...numbers.map((number) => store.set('dev', `own-${number}`, new Secret(`${number}`))),
      ...others,
    ]);
    for (const number of numbers) expect((await store.get('dev', `own-${number}`))!.reveal()).toBe(`${number}`);
    for (const name of ['a', 'b', 'c']) {
      for (let number = 0; number < 5; number++)
        expect((await store.get('dev', `${name}-${number}`))!.reveal()).toBe('x');
    }
  }, 60_000);

  test('lies in the user’s config folder by default', () => {
    const before = process.env.XDG_CONFIG_HOME;
    process.env.XDG_CONFIG_HOME = '/somewhere';
    expect(defaultSecretsFile()).toBe('/somewhere/firesteel/secrets.json');
    delete process.env.XDG_CONFIG_HOME;
    expect(defaultSecretsFile()).toMatch(/\/\.config\/firesteel\/secrets\.json$/);
    if (before !== undefined) process.env.XDG_CONFIG_HOME = before;
  });
});

function writeFromAnotherProcess(projectDir: string, file: string, name: string, count: number): Promise<void> {
  const root = join(__dirname, '..', '..');
  const program = `
const { FileSecretStore } = require('${root}/secrets/file-secret-store');
const { Secret } = require('${root}/operations/secret');
(async () => {
  const store = new FileSecretStore({ projectDir: process.argv[1], file: process.argv[2] });
  for (let i = 0; i < ${count}; i++) await store.set('dev', '${name}-' + i, new Secret('x'));
})();`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', program, projectDir, file], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('exit', (status) =>
      status === 0 ? resolve() : reject(new Error(`the other process ended with ${status}`)),
    );
  });
}
