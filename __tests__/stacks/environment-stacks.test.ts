import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Testing } from 'cdktf';
import type { ClusterEnvironment, CommonEnvironment } from '../../plan/load-environments';
import { EMPTY_REGISTER } from '../../plan/node-register';
import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import type { StateBackend } from '../../plan/state-backend';
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
  scalable: {},
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

describe('where the states are kept', () => {
  const network = { kind: 'new', cidr: '10.0.0.0/24', external: 'public', nameservers: [] } as const;
  const state: StateBackend = { backend: 'pg', schema: 'spark_{environment}' };

  const backendOf = (own?: StateBackend, shared?: StateBackend): unknown => {
    const base = commonOf(network);
    const common = { ...base, plan: { ...base.plan, ...(shared && { state: shared }) } };
    const cluster = { ...dev, plan: { ...plan, ...(own && { state: own }) } };
    return JSON.parse(synthesized((app) => addEnvironmentStacks(app, [cluster, common]))).terraform.backend;
  };

  test('a cluster says it itself, else its common environment does, each with a place of its own', () => {
    expect(backendOf(state)).toEqual({ pg: { schema_name: 'spark_dev' } });
    expect(backendOf(undefined, state)).toEqual({ pg: { schema_name: 'spark_dev' } });
    expect(backendOf({ backend: 'local' }, state)).toEqual(backendOf());
    expect(backendOf({ ...state, schema: 'own_{environment}' }, state)).toEqual({ pg: { schema_name: 'own_dev' } });
  });

  test('nothing else of a stack changes with it', () => {
    const stackOf = (own?: StateBackend) => {
      const cluster = { ...dev, plan: { ...plan, ...(own && { state: own }) } };
      const { terraform, ...rest } = JSON.parse(
        synthesized((app) => addEnvironmentStacks(app, [cluster])),
        (key, value) => (key === '//' ? undefined : value),
      );
      return { ...rest, terraform: { ...terraform, backend: undefined } };
    };
    expect(stackOf(state)).toEqual(stackOf());
  });
});
