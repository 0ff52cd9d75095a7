import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterProject, type ClusterSettings } from '../../lifecycle/cluster-project';
import { loadEnvironment } from '../../plan/load-environments';

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'firesteel clusters '));
  env = { HOME: home };
});
afterEach(() => rmSync(home, { recursive: true }));

const SETTINGS: ClusterSettings = {
  common: [
    [['kind'], 'common'],
    [['ssh', 'keyPair'], 'ada'],
    [['access'], ['203.0.113.7/32']],
    [['network', 'existing'], 'lab'],
    [['network', 'subnet'], 'lab'],
  ],
  cluster: [
    [['kind'], 'spark'],
    [['common'], 'demo-common'],
    [['image'], 'debian-12'],
    [['master', 'flavor'], 'm1.small'],
    [['master', 'floatingIp'], ['none']],
    [['workers', 'flavor'], 'm1.small'],
    [['workers', 'count'], 2],
    [['workers', 'addresses'], ['10.0.0.5']],
  ],
};

function demo(): ClusterProject {
  const project = ClusterProject.named('demo', env);
  project.open();
  project.write(SETTINGS);
  return project;
}

const textOf = ({ dir }: ClusterProject) => readFileSync(join(dir, 'environments', 'demo.yaml'), 'utf8');

test('it is where XDG wants state, for its owner only', () => {
  const { dir } = demo();

  expect(dir).toBe(join(home, '.local', 'state', 'firesteel', 'clusters', 'demo'));
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(ClusterProject.named('demo', { ...env, XDG_STATE_HOME: '/elsewhere' }).dir).toBe(
    '/elsewhere/firesteel/clusters/demo',
  );
  expect(ClusterProject.named('demo', { ...env, XDG_STATE_HOME: 'relative' }).dir).toBe(dir);
});

test('its files are environments like any other, and its app makes a stack of each', () => {
  const project = demo();

  expect(loadEnvironment(project.dir, 'demo')).toMatchObject({ kind: 'cluster', plan: { common: 'demo-common' } });
  const { app } = JSON.parse(readFileSync(join(project.dir, 'cdktf.json'), 'utf8')) as { app: string };
  const outdir = join(home, 'out');
  mkdirSync(outdir);
  execFileSync('/bin/sh', ['-c', app], { cwd: project.dir, env: { ...process.env, CDKTF_OUTDIR: outdir } });
  const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as { stacks: object };
  expect(Object.keys(stacks).sort()).toEqual(['demo', 'demo-common']);
});

test('what is written by hand stays, and nothing is written where nothing differs', () => {
  const project = demo();
  const file = join(project.dir, 'environments', 'demo.yaml');
  appendFileSync(file, '# mine\nspark: {conf: {spark.ui.port: 4999}}\n');
  const { ino } = statSync(file);

  project.write(SETTINGS);
  expect(statSync(file).ino).toBe(ino);
  project.write({
    common: [],
    cluster: [
      [['workers', 'count'], 3],
      [['workers', 'addresses'], undefined],
    ],
  });

  expect(textOf(project)).toContain('# mine\nspark:');
  expect(project.said('cluster', 'workers')).toEqual({ flavor: 'm1.small', count: 3 });
  expect(project.said('cluster', 'spark', 'conf')).toEqual({ 'spark.ui.port': 4999 });
});

test('a change can be taken back, to what was there or to nothing', () => {
  const project = demo();
  const before = textOf(project);
  project.write({ common: [], cluster: [[['workers', 'count'], 9]] })();
  expect(textOf(project)).toBe(before);

  const other = ClusterProject.named('other', env);
  other.open();
  other.write(SETTINGS)();
  expect(other.described).toBe(false);
});

test('refuses names that no cluster, or no common environment beside it, can have', () => {
  for (const name of ['../demo', 'Demo', '', 'demo-', 'x'.repeat(34)])
    expect(() => ClusterProject.named(name, env)).toThrow('no cluster can be called');
  expect(ClusterProject.named('x'.repeat(33), env).common).toHaveLength(40);
});

test('refuses a cluster that there is not, and says which there are', () => {
  expect(() => ClusterProject.existing('demo', env)).toThrow(/no cluster "demo": there is none .*clusters$/);
  demo();
  expect(() => ClusterProject.existing('dmo', env)).toThrow(
    'there is no cluster "dmo" (did you mean "demo"?): there are demo',
  );
});

test('something may be in the cloud where a state is, a run was cut off, or the state is elsewhere', () => {
  const project = demo();
  expect(project.mayBeDeployed).toBe(false);

  writeFileSync(join(project.dir, 'terraform.demo.tfstate'), '{}');
  expect([project.mayHave('demo'), project.mayHave('demo-common')]).toEqual([true, false]);
  rmSync(join(project.dir, 'terraform.demo.tfstate'));
  mkdirSync(join(project.dir, '.firesteel'));
  writeFileSync(join(project.dir, '.firesteel', 'demo-common.applying'), new Date().toISOString());
  expect([project.mayHave('demo'), project.mayHave('demo-common')]).toEqual([false, true]);
  rmSync(join(project.dir, '.firesteel'), { recursive: true });
  project.write({ common: [[['state'], { backend: 'http', address: 'https://example.org/state' }]], cluster: [] });
  expect(project.mayBeDeployed).toBe(true);
});

test('a removal that was cut off is finished, and what it left is no cluster', () => {
  const project = demo();
  const folder = join(project.dir, '..');
  renameSync(project.dir, join(folder, '.demo.leaving'));

  expect(ClusterProject.all(env)).toEqual([]);
  expect(project.finishRemoval()).toBe(true);
  expect(project.finishRemoval()).toBe(false);
  demo().remove();
  expect(existsSync(project.dir)).toBe(false);
});
