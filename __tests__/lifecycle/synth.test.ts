import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize, synthesizedStacks } from '../../lifecycle/synth';
import { localStateFile, parseState, tryReadLocalState } from '../../lifecycle/terraform-state';
import type { ProgressEvent } from '../../plan/progress';

/** Writes what cdktf writes for one stack. */
const APP = `
const { mkdirSync, writeFileSync } = require('node:fs');
const out = process.env.CDKTF_OUTDIR;
mkdirSync(out + '/stacks/dev', { recursive: true });
const annotations = JSON.parse(process.env.ANNOTATIONS || '[]');
writeFileSync(out + '/manifest.json', JSON.stringify({ version: '0', stacks: { dev: {
  name: 'dev', workingDirectory: 'stacks/dev', synthesizedStackPath: 'stacks/dev/cdk.tf.json', dependencies: [], annotations } } }));
writeFileSync(out + '/stacks/dev/cdk.tf.json', JSON.stringify({
  terraform: { backend: { local: { path: process.cwd() + '/terraform.dev.tfstate' } } },
  variables: Object.keys(process.env).filter((name) => name.startsWith('TF_VAR_')) }));
`;

describe('synthesis', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'firesteel-synth-'));
    writeFileSync(join(dir, 'app.js'), APP);
    project({ app: `"${process.execPath}" app.js` });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function project(cdktf: object): void {
    writeFileSync(join(dir, 'cdktf.json'), JSON.stringify(cdktf));
  }

  function synth(env: NodeJS.ProcessEnv = {}, onProgress?: (event: ProgressEvent) => void) {
    return synthesize({ projectDir: dir, env: { ...process.env, ...env }, ...(onProgress && { onProgress }) });
  }

  test('runs the app as cdktf does, and returns its stacks', async () => {
    const stacks = await synth({ TF_VAR_secret: 'x' });

    expect(stacks.get('dev')).toMatchObject({
      dir: join(dir, 'cdktf.out', 'stacks', 'dev'),
      config: { variables: [] },
    });
    expect([...synthesizedStacks(dir).keys()]).toEqual(['dev']);
  });

  test('another output folder of cdktf.json is where it goes', async () => {
    project({ app: `"${process.execPath}" app.js`, output: 'out' });

    expect((await synth()).get('dev')?.dir).toBe(join(dir, 'out', 'stacks', 'dev'));
  });

  test('fails with what the app says, without its call stack', async () => {
    writeFileSync(join(dir, 'app.js'), "throw new Error('dev.yaml:3:4: workers: nonsense')");

    const failure = synth().catch((error: Error) => error.message);

    expect(await failure).toMatch(/failed: dev\.yaml:3:4: workers: nonsense$/);
  });

  test('fails for an error that a construct annotated, and tells its warnings', async () => {
    const annotation = (level: string, message: string) => ({ constructPath: 'dev/x', level, message });
    const events: ProgressEvent[] = [];
    const annotations = JSON.stringify([annotation('@cdktf/warn', 'odd'), annotation('@cdktf/error', 'wrong')]);

    await expect(synth({ ANNOTATIONS: annotations }, (event) => events.push(event))).rejects.toThrow('dev/x: wrong');
    expect(events).toContainEqual({ subject: 'dev', phase: 'synth', state: 'warn', text: 'dev/x: odd' });
  });

  test('refuses a folder that is no project, and a cdktf.json without an app', async () => {
    project({});
    await expect(synth()).rejects.toThrow(/cdktf\.json names no program/);
    rmSync(join(dir, 'cdktf.json'));
    await expect(synth()).rejects.toThrow(/no cdktf\.json.*--dir/);
  });
});

describe('states', () => {
  const stack = (terraform: object) => ({
    name: 'dev',
    dir: '/p/cdktf.out/stacks/dev',
    dependencies: [],
    config: { terraform },
  });

  test('the local backend has a file, others have none', () => {
    expect(localStateFile(stack({ backend: { local: { path: '/p/terraform.dev.tfstate' } } }))).toBe(
      '/p/terraform.dev.tfstate',
    );
    expect(localStateFile(stack({}))).toBe('/p/cdktf.out/stacks/dev/terraform.tfstate');
    expect(localStateFile(stack({ backend: { s3: {} } }))).toBeUndefined();
    expect(tryReadLocalState(stack({ backend: { s3: {} } }))).toBeUndefined();
  });

  test('managed resources, with those that were never finished marked', () => {
    const text = JSON.stringify({
      version: 4,
      outputs: { cluster: { value: 1 } },
      resources: [
        { mode: 'data', type: 't', name: 'd', instances: [{ attributes: { id: '0' } }] },
        {
          mode: 'managed',
          type: 't',
          name: 'a',
          instances: [{ status: 'tainted', attributes: { id: '1', name: 'n' } }],
        },
      ],
    });
    expect(parseState(text)).toEqual({
      outputs: { cluster: { value: 1 } },
      resources: [{ type: 't', name: 'a', id: '1', attributes: { id: '1', name: 'n' }, tainted: true }],
    });
  });

  test('one that only Terraform can read is no state of ours', () => {
    expect(parseState('{"encrypted_data":"…"}')).toBeUndefined();
  });
});
