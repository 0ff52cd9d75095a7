import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeInfo } from '../../roles';
import { HAPROXY_SETTINGS } from '../../roles/haproxy/_settings';
import { HAPROXY_DETECTS_WITHIN_SECONDS } from '../../roles/haproxy/check';
import { haproxy } from '../../roles/haproxy/haproxy';
import { context, nodeInfo } from './_context';
import { ask, fileText, unitChanges, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const CONF = '/etc/haproxy/haproxy.cfg';
const balancer = (name: string, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(name, { roles: ['node', 'haproxy'], address: '10.0.0.5', ...changes });
const server = (name: string, address: string, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(name, { roles: ['node', 'nginx'], address, tags: ['web'], ...changes });
const NODES = [
  balancer('balancer-0'),
  server('server-0', '10.0.0.21'),
  server('server-1', '10.0.0.22'),
  nodeInfo('db-0', { roles: ['node', 'mariadb-galera'], address: '10.0.0.31' }),
  nodeInfo('db-1', { roles: ['node', 'mariadb-galera'], address: '10.0.0.32' }),
];
const WEB = { name: 'web', port: 80, backend: { role: 'nginx', port: 8080 } };
const DB = {
  ...{ name: 'db', port: 3306, mode: 'tcp', balance: 'first', from: ['wordpress'] },
  backend: { role: 'mariadb-galera', port: 3306 },
};

const at = (frontends: readonly object[] = [WEB, DB], nodes = NODES) =>
  context('balancer-0', nodes, { roles: { haproxy: { frontends } } });
const conf = (...args: Parameters<typeof at>) => fileText(haproxy, at(...args), CONF);
const section = (text: string, title: string) =>
  text
    .split(/\n(?=\S)/)
    .find((part) => part.startsWith(`${title}\n`))!
    .trim()
    .split(/\n\s*/)
    .slice(1);

describe('a frontend', () => {
  test('hands HTTP on to all nodes of a role in turn', () => {
    const lines = section(conf(), 'listen web');
    expect(lines).toEqual(
      expect.arrayContaining(['mode http', 'bind 10.0.0.5:80', 'balance roundrobin', 'http-check expect ! rstatus ^5']),
    );
    expect(lines.filter((line) => line.startsWith('server '))).toEqual([
      'server server-0 10.0.0.21:8080',
      'server server-1 10.0.0.22:8080',
    ]);
  });

  test('finds its servers by a tag too', () => {
    const tagged = [...NODES, server('other-0', '10.0.0.41', { roles: ['node', 'wordpress'] })];
    const lines = section(conf([{ ...WEB, backend: { tag: 'web', port: 80 }, port: 81 }], tagged), 'listen web');
    expect(lines.filter((line) => line.startsWith('server '))).toHaveLength(3);
  });

  test('hands on to one database at a time, for as long as that one is well, without a word of HTTP', () => {
    const lines = section(conf(), 'listen db');
    expect(lines.filter((line) => line.startsWith('server '))).toEqual([
      'server db-0 10.0.0.31:3306',
      'server db-1 10.0.0.32:3306 backup',
    ]);
    expect(lines.filter((line) => line.startsWith('http') || line.includes('httpchk'))).toEqual([]);
    expect(lines).toContain('timeout server 1h');
  });

  test('is bound to the address that the group shares too, before the node has it', () => {
    const shared = NODES.map((node) => (node.name === 'balancer-0' ? { ...node, virtualIp: '10.0.0.100' } : node));
    expect(section(conf([WEB], shared), 'listen web').filter((line) => line.startsWith('bind'))).toEqual([
      'bind 10.0.0.5:80',
      'bind 10.0.0.100:80',
    ]);
    expect(written(haproxy, at(), 'net.ipv4.ip_nonlocal_bind')).toContain('/proc/sys/net/ipv4/ip_nonlocal_bind');
  });

  test('repeats nothing that may not be repeated, and believes no client about itself', () => {
    expect(section(conf(), 'listen web')).toEqual(
      expect.arrayContaining([
        'http-request disable-l7-retry unless { method GET HEAD OPTIONS }',
        'http-request set-header X-Forwarded-For %[src]',
      ]),
    );
  });

  test.each([
    ['/health', 'http-check send meth GET uri /health ver HTTP/1.1 hdr Host dev'],
    ['tcp', undefined],
    [undefined, 'http-check send meth GET uri / ver HTTP/1.1 hdr Host dev'],
  ])('with the check %s asks %s', (check, line) => {
    const lines = section(conf([{ ...WEB, ...(check && { check }) }]), 'listen web');
    expect(lines.find((each) => each.startsWith('http-check send'))).toBe(line);
  });

  test('fails without servers', () => {
    expect(() => conf([{ ...WEB, backend: { tag: 'nobody', port: 80 } }])).toThrow(
      'haproxy: the frontend web has no servers: no node has the tag nobody',
    );
  });

  test('fails where its own server has the port already', () => {
    const both = [balancer('balancer-0', { roles: ['node', 'haproxy', 'nginx'] })];
    expect(() => conf([{ ...WEB, backend: { role: 'nginx', port: 80 } }], both)).toThrow(
      'would both listen on port 80',
    );
  });
});

describe('settings', () => {
  const refusal = (...frontends: object[]) =>
    HAPROXY_SETTINGS.safeParse({ frontends }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test.each([
    ['two of them have the same port', [WEB, { ...WEB, name: 'other' }]],
    ['two of them have the same name', [WEB, { ...WEB, port: 81 }]],
    ['needs either a role or a tag', [{ ...WEB, backend: { port: 80 } }]],
    ['needs either a role or a tag', [{ ...WEB, backend: { role: 'nginx', tag: 'web', port: 80 } }]],
    ['must be tcp, or a path', [{ ...WEB, check: 'http' }]],
    ['must be tcp, or a path', [{ ...WEB, check: '/a b' }]],
    ['must be lower-case letters', [{ ...WEB, name: 'Web\nbind :1' }]],
    ['expected number to be <=65535', [{ ...WEB, port: 65_536 }]],
    ['Unrecognized key', [{ ...WEB, tls: true }]],
  ])('refuses: %s', (message, frontends) => {
    expect(refusal(...frontends)?.join('\n')).toContain(message);
  });

  test('say to whom a port is open; a public one is open to no node of the cluster', () => {
    expect(haproxy.exposes).toEqual([]);
    expect(haproxy.exposesFor!(at().settings)).toEqual([
      { name: 'web', port: 80, from: [] },
      { name: 'db', port: 3306, from: ['wordpress'] },
    ]);
  });

  test('refuses a plan in which nobody is behind it', () => {
    const fits = (roles: Record<string, unknown>) =>
      haproxy.fits!({ settings: { ...at().settings, roles }, count: (role) => (role === 'nginx' ? 2 : 0) });
    expect(fits({})).toContain('has no frontends');
    expect(fits({ haproxy: { frontends: [DB] } })).toContain('no group has the role mariadb-galera');
    expect(fits({ haproxy: { frontends: [WEB] } })).toBeUndefined();
  });
});

describe('the service', () => {
  test('has one capability and a bounded number of connections', () => {
    const unit = written(haproxy, at(), 'haproxy.service');
    for (const line of ['User=haproxy', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE', 'ProtectSystem=strict'])
      expect(unit).toContain(`\n${line}\n`);
    expect(section(conf(), 'global')).toEqual(expect.arrayContaining(['maxconn 6400', 'nbthread 1']));
  });

  test('reads other servers without being restarted', () => {
    const fewer = at([WEB, DB], NODES.slice(0, -1));
    expect(unitChanges(haproxy, 'haproxy.service', at(), at())).toEqual([]);
    expect(unitChanges(haproxy, 'haproxy.service', at(), fewer)).toEqual(['reload haproxy.service']);
  });

  test('finds a dead server within what the documentation says', () => {
    expect(HAPROXY_DETECTS_WITHIN_SECONDS).toBe(3.5);
    expect(conf()).toContain('check inter 1000 fastinter 500 fall 2 rise 2');
  });

  test('shows its page to the operator alone', () => {
    expect(section(conf(), 'frontend stats_page')).toContain('bind 10.0.0.5:8404');
    expect(haproxy.pages).toEqual([{ name: 'haproxy', port: 8404 }]);
  });
});

/** The probes really run, against something that answers as haproxy does. */
describe('the probes', () => {
  const probe = (name: string, frontends: readonly object[]) => {
    const here = NODES.map((node) => ({ ...node, address: node.name === 'balancer-0' ? '127.0.0.1' : node.address }));
    return haproxy.health!(at(frontends, here)).find((candidate) => candidate.name === name)!;
  };
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-haproxy-'));
  const socket = join(folder, 'stats.sock');
  const open: Server[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => new Promise((closed) => each.close(closed))));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function listen<S extends Server>(listener: S, where: string | number): Promise<number> {
    open.push(listener);
    await new Promise<void>((done) => void listener.listen(where as number, '127.0.0.1', done));
    return Number((listener.address() as AddressInfo).port);
  }

  async function states(...rows: readonly string[]): Promise<string> {
    const table = ['# pxname,svname,status,check_status,', ...rows, ''].join('\n');
    const listener = createServer((client) => void client.once('data', () => client.end(table)));
    open.push(listener);
    await new Promise<void>((done) => void listener.listen(socket, done));
    return ask(probe('servers answer', [WEB]), (script) => script.replace('/run/haproxy/stats.sock', socket));
  }

  test('one server that answers is enough', async () => {
    expect(await states('web,FRONTEND,OPEN,,', 'web,server-0,UP,L7OK,', 'web,server-1,DOWN,L4CON,')).toBe('');
  });

  test('no server that answers is told, with how they are', async () => {
    expect(await states('web,BACKEND,DOWN,,', 'web,server-0,UP,INI,', 'web,server-1,DOWN,L4CON,')).toBe(
      'no server of web answers: server-0 UP INI, server-1 DOWN L4CON\nwhat the journal says',
    );
  });

  test('no haproxy is told', async () => {
    expect(await ask(probe('servers answer', [WEB]), (text) => text.replace('/run/haproxy', folder))).toContain(
      'it does not tell of its servers',
    );
  });

  test.each([
    [200, ''],
    [404, ''],
    [302, ''],
    [503, 'is answered with the status 503'],
  ])('a request that comes back with %i: %j', async (status, words) => {
    const port = await listen(
      createHttpServer((_request, answer) => answer.writeHead(status).end()),
      0,
    );
    const said = await ask(probe('hands requests on', [{ ...WEB, port }]));
    if (words === '') expect(said).toBe('');
    else expect(said).toContain(words);
  });

  test('a connection that nobody takes is told', async () => {
    const port = await listen(createServer(), 0);
    await new Promise((closed) => open.pop()!.close(closed));
    expect(await ask(probe('hands requests on', [{ ...DB, port }]))).toContain('takes no connection');
  });
});
