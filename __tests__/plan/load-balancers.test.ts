import { infrastructureDigest } from '../../plan/digest';
import { clusterGraph } from '../../plan/graph';
import { loadEnvironment, loadEnvironments } from '../../plan/load-environments';
import { COMMON, issuesOf, project } from './_project';

const GROUPS = `kind: cluster
image: debian-12
groups:
  web:
    flavor: m1.small
    count: 2
    tags: [webserver]
    roles: [node-exporter]
  db:
    flavor: m1.small
    roles: [postgresql]
`;
const EDGE = '  edge:\n    flavor: m1.tiny\n    roles: [haproxy]\n    floatingIp: true\n';
const web = (words: string) => `loadBalancers:\n  web: { tag: webserver, port: 80${words} }\n`;

function planOf(yaml: string) {
  const environment = loadEnvironment(project({ 'dev.yaml': yaml }), 'dev');
  if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
  return environment.plan;
}

describe('load balancers of the cloud', () => {
  test('have sensible ways', () => {
    expect(planOf(GROUPS + web('')).loadBalancers).toEqual([
      {
        ...{ name: 'web', tag: 'webserver', port: 80, protocol: 'http', memberPort: 80, balance: 'roundrobin' },
        ...{ check: '/', from: [], clients: [], floatingIp: 'none' },
      },
    ]);
    expect(planOf(GROUPS)).not.toHaveProperty('loadBalancers');
  });

  test('are open to everybody with a floating IP, unless it is said to whom', () => {
    const from = (words: string) => planOf(GROUPS + web(words)).loadBalancers![0]!.from;
    expect(from(', floatingIp: true')).toEqual(['0.0.0.0/0']);
    expect(from(', floatingIp: true, from: [203.0.113.0/24]')).toEqual(['203.0.113.0/24']);
  });

  test('are all that a plan says of them', () => {
    const words =
      ', protocol: tcp, memberPort: 8080, balance: leastconn, floatingIp: 203.0.113.9, address: 10.77.0.50, clients: [postgresql]';
    expect(planOf(GROUPS + web(words)).loadBalancers).toMatchObject([
      {
        ...{ protocol: 'tcp', memberPort: 8080, balance: 'leastconn', check: 'tcp' },
        ...{ floatingIp: { existing: '203.0.113.9' }, address: '10.77.0.50', clients: ['postgresql'] },
      },
    ]);
  });

  test('are told to Terraform, with the groups behind them', () => {
    const digest = (yaml: string) => infrastructureDigest(planOf(yaml));
    const tagged = GROUPS.replace('roles: [postgresql]', 'tags: [webserver]\n    roles: [postgresql]');
    expect(digest(GROUPS + web(''))).not.toBe(digest(GROUPS));
    expect(digest(tagged + web(''))).not.toBe(digest(GROUPS + web('')));
    expect(digest(tagged)).toBe(digest(GROUPS));
  });

  test('are in the graph', () => {
    const { edges, loadBalancers } = clusterGraph(
      planOf(GROUPS + web(', memberPort: 8080, floatingIp: true, clients: [postgresql]')),
    );
    expect(loadBalancers).toEqual(['load balancer web']);
    expect(edges.filter(({ from, to }) => [from, to].includes('load balancer web'))).toEqual([
      { from: 'public', to: 'load balancer web', ports: ['tcp 80'] },
      { from: 'db', to: 'load balancer web', ports: ['tcp 80'] },
      { from: 'load balancer web', to: 'web', ports: ['tcp 8080'] },
    ]);
  });
});

describe('the same load balancers on nodes of ours', () => {
  test('are frontends of haproxy where a group has that role', () => {
    const words = ', memberPort: 8080, floatingIp: true, check: /health, clients: [postgresql]';
    const plan = planOf(GROUPS + EDGE + web(words));
    expect(plan).not.toHaveProperty('loadBalancers');
    expect(plan.settings.roles.haproxy).toEqual({
      frontends: [
        {
          ...{ name: 'web', port: 80, mode: 'http', backend: { tag: 'webserver', port: 8080 } },
          ...{ balance: 'roundrobin', check: '/health', from: ['postgresql'] },
        },
      ],
    });
    expect(plan.groups.find(({ name }) => name === 'edge')).toMatchObject({
      publicPorts: [{ port: 80, from: ['0.0.0.0/0'] }],
    });
  });

  test('stand beside those that haproxy is told itself', () => {
    const said =
      'settings: { haproxy: { frontends: [{ name: db, port: 5432, mode: tcp, backend: { role: postgresql, port: 5432 } }] } }\n';
    const { frontends } = planOf(GROUPS + EDGE + web('') + said).settings.roles.haproxy as {
      frontends: { name: string }[];
    };
    expect(frontends.map(({ name }) => name)).toEqual(['db', 'web']);
  });

  test('are left to the cloud where the plan says so', () => {
    const plan = planOf(
      GROUPS +
        EDGE +
        web(', by: octavia') +
        'settings: { haproxy: { frontends: [{ name: x, port: 81, backend: { role: postgresql, port: 80 } }] } }\n',
    );
    expect(plan.loadBalancers).toHaveLength(1);
  });
});

describe('what is wrong with a load balancer is told where it stands', () => {
  const issues = (yaml: string) => issuesOf({ 'dev.yaml': yaml });

  test.each([
    [
      'a tag that no group has',
      web('').replace('webserver', 'webservers'),
      /^13:15: loadBalancers\.web\.tag: no group has the tag "webservers" \(did you mean "webserver"\?\): groups have webserver$/,
    ],
    [
      'a role that no group has',
      web(', clients: [postgres]'),
      /^13:\d+: loadBalancers\.web\.clients\.0: no group has a role "postgres" \(did you mean "postgresql"\?\)/,
    ],
    [
      'a name that none can have',
      web('').replace('  web', '  We'),
      /^13:\d+: loadBalancers\.We: "We" can't be a load balancer's name/,
    ],
    [
      'haproxy without nodes',
      web(', by: haproxy'),
      /loadBalancers\.web\.by: no group has the role haproxy: give it to one, or say "by: octavia"/,
    ],
    [
      'a key that is not known',
      web(', ports: 80'),
      /loadBalancers\.web\.ports: unknown key "ports" \(did you mean "port"\?\); known here: tag, port, protocol/,
    ],
    [
      'a maker that is not known',
      web(', by: nginx'),
      /loadBalancers\.web\.by: must be one of octavia, haproxy, got "nginx"/,
    ],
    [
      'a check that is no path',
      web(', check: health'),
      /loadBalancers\.web\.check: must be tcp, or a path such as \/health/,
    ],
  ])('%s', (_what, words, message) => {
    const found = issues(GROUPS + words);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test('an address that the subnet can not give', () => {
    const common = COMMON.replace('external: public', 'external: public\n  cidr: 10.77.0.0/24');
    const files = { 'common.yaml': common, 'dev.yaml': GROUPS + web(', address: 10.78.0.5') };
    expect(() => loadEnvironments(project(files))).toThrow(
      expect.objectContaining({
        issues: [
          expect.objectContaining({
            path: 'loadBalancers.web.address',
            message: expect.stringContaining('is outside of the subnet'),
          }),
        ],
      }),
    );
  });

  test('addresses that only its nodes can have', () => {
    const edge = EDGE.replace('true', 'false');
    const found = issues(GROUPS + edge + web(', floatingIp: true, address: 10.77.0.50')).join('\n');
    expect(found).toContain(
      "loadBalancers.web.address: haproxy has its nodes' addresses: say it as virtualIp of group edge",
    );
    expect(found).toContain(
      "loadBalancers.web.floatingIp: haproxy has its nodes' addresses: say it as floatingIp, or as",
    );
  });
});
