import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterGraph } from '../../plan/graph';
import { type ClusterEnvironment, loadEnvironment, loadEnvironments } from '../../plan/load-environments';
import type { PlanError } from '../../plan/plan-error';
import { COMMON, project } from './_project';

const WEB = `kind: web
image: debian-12
app: ./apps/hello
servers: { count: 2, flavor: m1.small }
balancers: { flavor: m1.tiny }
`;

function load(yaml: string): ClusterEnvironment {
  const dir = project({ 'web.yaml': yaml });
  mkdirSync(join(dir, 'apps', 'hello'), { recursive: true });
  writeFileSync(join(dir, 'apps', 'hello', 'app.py'), 'from flask import Flask\napp = Flask(__name__)\n');
  return loadEnvironment(dir, 'web') as ClusterEnvironment;
}

const issuesOf = (yaml: string): readonly string[] => {
  try {
    load(yaml);
  } catch (error) {
    return (error as PlanError).issues.map(
      ({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`,
    );
  }
  return [];
};

describe('a plan of kind web', () => {
  const { plan, scalable } = load(WEB);
  const [balancer, server] = plan.groups;

  test('is two balancers that share an address, in front of application servers', () => {
    expect(
      plan.groups.map(({ name, numbers, roles }) => [name, numbers.length, roles.map((role) => role.name)]),
    ).toEqual([
      ['balancer', 2, ['node', 'bastion', 'haproxy', 'keepalived']],
      ['server', 2, ['node', 'flask-app', 'nginx']],
    ]);
    expect(balancer!.virtualIp).toEqual({ floatingIp: 'new' });
    expect(balancer!.publicPorts).toEqual([{ port: 80, from: ['0.0.0.0/0'] }]);
    expect(server).toMatchObject({ floatingIps: 'none' });
    expect(server).not.toHaveProperty('publicPorts');
  });

  test('knows where the code is, and balances over nginx', () => {
    expect(plan.settings.roles['flask-app']).toMatchObject({ app: expect.stringMatching(/^\/.*\/apps\/hello$/) });
    expect(plan.settings.roles.haproxy).toMatchObject({ frontends: [{ port: 80, backend: { role: 'nginx' } }] });
  });

  test('lets the servers be made more and fewer', () => {
    expect(scalable.servers).toMatchObject({ group: 'server', path: ['servers', 'count'] });
  });

  test('opens only the balancers to the public, and only to whom the plan says', () => {
    const edges = clusterGraph(load(`${WEB}publicTo: [192.0.2.0/24]\n`).plan).edges;
    expect(edges.filter(({ from }) => from === 'public')).toEqual([
      { from: 'public', to: 'balancer', ports: ['tcp 80'] },
    ]);
    expect(edges).toContainEqual({ from: 'balancer', to: 'server', ports: expect.arrayContaining(['tcp 80']) });
    expect(edges.filter(({ from, to }) => from === 'server' && to === 'balancer')).toEqual([]);
  });

  test('refuses a folder that holds no application, where the plan names it', () => {
    const [issue] = issuesOf(WEB.replace('./apps/hello', './apps/none'));
    expect(issue).toMatch(/^3:6: app: /);
  });

  test('tells what is wrong in its own words', () => {
    expect(issuesOf(WEB.replace('image: debian-12\n', ''))).toEqual([
      expect.stringMatching(/balancers: has no image/),
      expect.stringMatching(/servers: has no image/),
    ]);
  });

  test('refuses a virtual IP outside of the subnet', () => {
    const files = { 'common.yaml': COMMON, 'web.yaml': `${WEB}virtualIp: { address: 192.0.2.9 }\n` };
    const dir = project(files);
    mkdirSync(join(dir, 'apps', 'hello'), { recursive: true });
    writeFileSync(join(dir, 'apps', 'hello', 'app.py'), 'from flask import Flask\napp = Flask(__name__)\n');
    expect(() => loadEnvironments(dir)).toThrow(
      /192\.0\.2\.9 is outside of the subnet 10\.77\.0\.0\/24: give one of 10\.77\.0\.2 to 10\.77\.0\.254/,
    );
  });
});
