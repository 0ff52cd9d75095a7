import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Testing } from 'cdktf';
import type { ClusterEnvironment, CommonEnvironment } from '../../plan/load-environments';
import { EMPTY_REGISTER } from '../../plan/node-register';
import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { ClusterStack } from '../../stacks/cluster-stack';
import { commonReference } from '../../stacks/common-reference';
import { addEnvironmentStacks } from '../../stacks/environment-stacks';
import { manifestOf } from './_snapshot';

const plan = sparkClusterPlan('dev', {
  image: 'debian-12',
  master: { flavor: 'm1.small' },
  workers: { flavor: 'm1.small', count: 2 },
});

const dev: ClusterEnvironment = {
  kind: 'cluster',
  name: 'dev',
  file: join(process.cwd(), 'environments/dev.yaml'),
  warnings: [],
  plan,
  register: EMPTY_REGISTER,
  registerFile: join(process.cwd(), 'environments/dev.nodes.json'),
};

const commonOf = (network: CommonEnvironment['plan']['network']): CommonEnvironment => ({
  kind: 'common',
  name: 'common',
  file: join(process.cwd(), 'environments/common.yaml'),
  warnings: [],
  plan: {
    name: 'common',
    keyPair: { kind: 'existing', name: 'team' },
    network,
    access: ['203.0.113.0/24'],
    ssh: { authorizedKeys: [] },
  },
});

function synthesized(build: (app: App) => void): string {
  const app = Testing.app();
  build(app);
  manifestOf(app);
  return readFileSync(join(app.outdir, 'stacks/dev/cdk.tf.json'), 'utf8');
}

describe('addEnvironmentStacks', () => {
  const common = commonOf({ kind: 'new', cidr: '10.0.0.0/24', external: 'public', nameservers: [] });

  test('makes of an environment the very stack that others make of its plan', () => {
    const reference = commonReference('common', { keyPair: 'team', network: { external: 'public' } });
    const expected = synthesized((app) => new ClusterStack(app, 'dev', { plan, common: reference }));
    expect(synthesized((app) => addEnvironmentStacks(app, [dev, common]))).toBe(expected);
  });

  test('finds what a common environment elsewhere made, by name', () => {
    const expected = synthesized((app) => new ClusterStack(app, 'dev', { plan, common: commonReference('common') }));
    expect(synthesized((app) => addEnvironmentStacks(app, [dev]))).toBe(expected);
  });

  test('refuses floating IPs that nothing can give, and names the file', () => {
    const closed = commonOf({ kind: 'existing', network: 'lan', subnet: 'lan-4', nameservers: [] });
    const add = () => addEnvironmentStacks(Testing.app(), [closed, dev]);
    expect(add).toThrow(PlanError);
    expect(add).toThrow(
      /^environments\/dev\.yaml: floating IPs for master, but the network of "common" has no external/,
    );
  });
});
