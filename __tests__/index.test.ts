import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

jest.setTimeout(60_000);

test('the package loads neither SSH nor the command line, and no barrel of all resources', () => {
  const script = `require(${JSON.stringify(join(ROOT, 'index.ts'))}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const run = spawnSync(process.execPath, ['--import', require.resolve('tsx'), '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  const loaded = (JSON.parse(run.stdout) as string[]).map((file) => file.replace(ROOT, ''));
  expect(loaded.filter((file) => file.includes('/stacks/')).length).toBeGreaterThan(0);
  const unwanted =
    /\/node_modules\/(ssh2|node-ssh|commander)\/|^\/(cli|configure|lifecycle|sandbox|cloud|secrets|inventory)\//;
  expect(loaded.filter((file) => unwanted.test(file))).toEqual([]);
  expect(loaded.filter((file) => /provider-openstack\/lib\/index|providers\/openstack\/lib\/index/.test(file))).toEqual(
    [],
  );
});

test('the package gives what its README shows', () => {
  const firesteel = require('../index');
  const shown = [
    'CommonStack',
    'ClusterStack',
    'SparkClusterStack',
    'NodeGroup',
    'Network',
    'SecurityGroup',
    'KeyPair',
  ];
  for (const name of [...shown, 'Bastion', 'ClusterFirewall', 'FloatingIp', 'ServerGroup', 'sparkMaster']) {
    expect(firesteel[name]).toBeDefined();
  }
});
