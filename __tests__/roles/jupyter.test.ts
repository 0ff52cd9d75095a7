import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../operations';
import type { NodeContext } from '../../roles';
import { jupyterPython, kernelSpec } from '../../roles/jupyter/_kernel';
import { jupyter } from '../../roles/jupyter/jupyter';
import { jupyterPackages } from '../../roles/jupyter/packages';
import { CLUSTER, context, nodeInfo, SECRET } from './_context';

const lab = nodeInfo('lab-0', { roles: ['node', 'jupyter'], address: '10.0.0.60', memoryMiB: 4096 });
const nodes = [...CLUSTER, lab];
const connect = nodeInfo('connect-0', { roles: ['node', 'spark-connect'], address: '10.0.0.50' });

const operationsOf = (of: NodeContext) => [...jupyter.install!(of), ...jupyter.configure!(of), ...jupyter.start!(of)];

function written(of: NodeContext, name: string): string {
  const operation = operationsOf(of).find((candidate) => candidate.name === name)!;
  return operation
    .changes(operation.fact.bare)
    .map(({ script }) => script)
    .join('\n');
}

/** JSON of the server's configuration. */
function conf(of: NodeContext) {
  return JSON.parse(/printf %s '(.*?)' >/s.exec(written(of, '/etc/jupyter/server.json'))![1]!);
}

test('the server listens on its own address, asks for a token, and is a page for the operator alone', () => {
  expect(conf(context('lab-0', nodes))).toMatchObject({
    ServerApp: { ip: '10.0.0.60', port: 8888, port_retries: 0 },
    IdentityProvider: { token: SECRET },
  });
  expect(jupyter.pages).toEqual([{ name: 'jupyter', port: 8888 }]);
  expect(jupyter.exposes.some(({ port }) => port === 8888)).toBe(false);
});

test('notebooks are ended when they idle only where the plan says so', () => {
  expect(conf(context('lab-0', nodes)).MappingKernelManager).toBeUndefined();
  const of = context('lab-0', nodes, { roles: { jupyter: { idleMinutes: 30 } } });
  expect(conf(of).MappingKernelManager).toMatchObject({ cull_idle_timeout: 1800, cull_connected: true });
});

test('a notebook has Spark of the cluster, and gives back what it does not use', () => {
  const text = jupyterPython(context('lab-0', nodes)).reveal();
  expect(text).toMatch(/^#!\/bin\/sh\n/);
  execFileSync('sh', ['-n'], { input: text });
  expect(text).toContain("SPARK_HOME='/opt/spark' SPARK_CONF_DIR='/etc/spark' PYSPARK_PYTHON='/usr/bin/python3'");
  expect(text).toContain('--conf spark.dynamicAllocation.enabled=true');
  expect(text).toContain(" pyspark-shell'");
  expect(JSON.parse(kernelSpec(context('lab-0', nodes))).argv).toEqual([
    '/etc/jupyter/python',
    '-m',
    'ipykernel_launcher',
    '-f',
    '{connection_file}',
  ]);
});

test("the user's own conf and packages count in notebooks too", () => {
  const of = context('lab-0', nodes, {
    spark: { conf: { 'spark.dynamicAllocation.enabled': 'false' } },
    python: { packages: ['numpy==2.3.1'] },
    roles: { jupyter: { packages: ['pandas'] } },
  });
  const text = jupyterPython(of).reveal();
  expect(text).not.toContain('spark.dynamicAllocation.enabled');
  expect(text).toContain('spark.dynamicAllocation.executorIdleTimeout');
  expect(text).toContain("PYSPARK_PYTHON='/opt/firesteel/python/bin/python3'");
  expect(written(of, '/opt/firesteel/jupyter')).toMatch(/numpy==2\.3\.1\npandas\n/);
});

test('a notebook knows the token of a Spark Connect where there is one, in a file that others cannot read', () => {
  const without = context('lab-0', nodes);
  expect(jupyterPython(without).reveal()).not.toContain('CONNECT');
  const of = context('lab-0', [...nodes, connect]);
  expect(jupyterPython(of).reveal()).toContain(`export SPARK_CONNECT_AUTHENTICATE_TOKEN='${SECRET}'`);
  expect(written(of, '/etc/jupyter/python')).toContain("chmod -- '0750'");
  expect(jupyter.start!(of).map(({ name }) => name)).toEqual(['jupyter.service', 'spark-connect-forward.service']);
});

test('secrets are in files alone, and in nothing that is shown', () => {
  const of = context('lab-0', [...nodes, connect]);
  for (const operation of operationsOf(of)) {
    for (const { script, description, diff } of operation.changes(operation.fact.bare)) {
      expect(`${description}${diff}`).not.toContain(SECRET);
      if (operation.kind !== 'file') expect(script).not.toContain(SECRET);
    }
  }
  for (const { script } of jupyter.health!(of)) expect(script).not.toContain(SECRET);
});

test('its token can be read back from a node', () => {
  const { recover } = jupyter.secrets!.find(({ name }) => name === 'jupyter.token')!;
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-jupyter-'));
  const file = join(folder, 'server.json');
  const of = { ...context('lab-0', nodes), secret: () => new Secret('c0ffee00') };
  writeFileSync(file, JSON.stringify(conf(of), null, 2));
  const script = recover.replace("'/etc/jupyter/server.json'", file);
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim()).toBe('c0ffee00');
  rmSync(folder, { recursive: true });
});

test('runs as drivers do, may write notebooks and what drivers write, and takes no more memory than the node has', () => {
  const unit = written(context('lab-0', nodes), 'jupyter.service');
  for (const line of ['User=spark', 'ProtectSystem=strict', 'OOMPolicy=continue', 'MemoryMax=4096M'])
    expect(unit).toContain(`\n${line}\n`);
  expect(unit).toContain('ReadWritePaths=/var/lib/jupyter /var/lib/spark /var/lib/spark/work');
});

describe('packages', () => {
  test('all are pinned, each once', () => {
    const all = jupyterPackages([]);
    for (const pin of all) expect(pin).toMatch(/^[a-z0-9-]+==[0-9][\w.]*$/);
    expect(all.some((pin) => pin.startsWith('jupyterlab=='))).toBe(true);
    expect(new Set(all.map((pin) => pin.split('==')[0])).size).toBe(all.length);
  });

  test('what the user names is not pinned by us', () => {
    const all = jupyterPackages(['IPyKernel>=6', 'pandas']);
    expect(all.filter((one) => one.startsWith('ipykernel'))).toEqual([]);
    expect(all.slice(-2)).toEqual(['IPyKernel>=6', 'pandas']);
  });
});

test.each([
  ['an option of pip', { packages: ['--index-url x'] }],
  ['no time at all', { idleMinutes: 0 }],
  ['an unknown key', { package: [] }],
])('refuses %s', (_what, settings) => {
  expect(jupyter.settings!.safeParse(settings).success).toBe(false);
});

test('refuses a cluster without a master', () => {
  const { settings } = context('lab-0', nodes);
  expect(jupyter.fits!({ settings, count: () => 0 })).toBe('needs a group with the role spark-master');
});
