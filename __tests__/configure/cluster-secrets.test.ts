import { readFileSync } from 'node:fs';
import type { ClusterRunOptions } from '../../configure/cluster-run';
import { configureNodes } from '../../configure/configure-nodes';
import { ConnectError } from '../../configure/errors';
import type { ProgressEvent } from '../../plan/progress';
import { LocalCluster } from './_cluster';
import { textFile } from './_operations';
import { wholeService as service } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
afterEach(() => cluster.dispose());

const configure = (more: Partial<ClusterRunOptions> = {}) => configureNodes({ ...cluster.runOptions, ...more });

describe('secrets', () => {
  const holder = (name: string, recover = 'cat secret 2>/dev/null') =>
    service(name, {
      secrets: [{ name: 'auth', bytes: 16, recover }],
      configure: (node) => [textFile('secret', node.secret('auth').reveal())],
    });

  test('are made once, stored before they are used, and the same on every node', async () => {
    cluster = new LocalCluster({
      master: { count: 1, roles: [holder('m')] },
      worker: { count: 2, roles: [holder('m')] },
    });
    expect((await configure()).failed).toBe(0);
    const value = cluster.secrets.values.get('dev auth')!;
    expect(value).toMatch(/^[0-9a-f]{32}$/);
    const held = ['master-0', 'worker-0', 'worker-1'].map((node) => readFileSync(cluster.path(node, 'secret'), 'utf8'));
    expect(held).toEqual([value, value, value]);
    expect((await configure()).changed).toBe(0);
  });

  test('that the operator has lost are read back from a node, whichever has it', async () => {
    cluster = new LocalCluster({ master: { count: 2, roles: [holder('m')] } });
    await configure();
    const value = cluster.secrets.values.get('dev auth')!;
    await cluster.secrets.removeAll();
    cluster.unreachable.set('master-0', new ConnectError('master-0', 'gone'));
    const report = await configure();
    expect([report.changed, report.nodes[1]!.ok]).toEqual([0, true]);
    expect(cluster.secrets.values.get('dev auth')).toBe(value);
  });

  test('fails rather than make a new one where no node that may have it can be asked', async () => {
    cluster = new LocalCluster({
      bastion: { count: 1, roles: [service('b')] },
      master: { count: 2, roles: [holder('m')] },
    });
    await configure();
    await cluster.secrets.removeAll();
    for (const name of ['master-0', 'master-1'])
      cluster.unreachable.set(name, new ConnectError(name, `${name} is away`));
    const report = await configure();
    expect(report.nodes[0]!.error).toContain('can be asked: master-0 is away; master-1 is away');
    expect(cluster.secrets.values.size).toBe(0);
  });

  test('of a new cluster are made although a node never got up', async () => {
    cluster = new LocalCluster({ master: { count: 2, roles: [holder('m')] } });
    cluster.unreachable.set('master-1', new ConnectError('master-1', 'master-1 never got up'));
    expect((await configure()).nodes.map(({ ok }) => ok)).toEqual([true, false]);
    expect(cluster.secrets.values.size).toBe(1);
  });

  test('are in nothing that is told', async () => {
    cluster = new LocalCluster({ master: { count: 1, roles: [holder('m')] } });
    const events: ProgressEvent[] = [];
    const report = await configure({ onProgress: (event) => events.push(event) });
    const value = cluster.secrets.values.get('dev auth')!;
    expect(JSON.stringify([report, events])).not.toContain(value);
  });

  test('are known to the roles that they are shared with, and only where some node declares them', async () => {
    const shared = service('server', {
      secrets: [{ name: 'login', bytes: 16, sharedWith: ['client'], recover: ':' }],
      configure: (node) => [textFile('secret', node.secret('login').reveal())],
    });
    const client = service('client', {
      configure: (node) => [textFile('secret', node.secret('login').reveal())],
    });
    cluster = new LocalCluster({ m: { count: 1, roles: [shared] }, c: { count: 1, roles: [client] } });
    expect((await configure()).failed).toBe(0);
    expect(readFileSync(cluster.path('c-0', 'secret'), 'utf8')).toBe(cluster.secrets.values.get('dev login'));
    cluster.dispose();

    cluster = new LocalCluster({ c: { count: 1, roles: [client] } });
    expect((await configure()).nodes[0]!.error).toContain('no role of the node declares a secret "login"');
  });

  test('stay with who declares them: clients get the certificate that follows, and only where some node shows it', async () => {
    const server = service('server', {
      secrets: [{ name: 'key', bytes: 16, recover: ':' }],
      certificate: { secret: 'key', of: (secret, name) => `${name}: ${secret.reveal().slice(0, 4)}` },
    });
    const client = service('client', {
      configure: (node) => [textFile('known', node.certificateOf('server') ?? 'nobody')],
    });
    cluster = new LocalCluster({ s: { count: 1, roles: [server] }, c: { count: 1, roles: [client] } });
    expect((await configure()).failed).toBe(0);
    const secret = cluster.secrets.values.get('dev key')!;
    expect(readFileSync(cluster.path('c-0', 'known'), 'utf8')).toBe(`dev: ${secret.slice(0, 4)}`);
    cluster.dispose();

    cluster = new LocalCluster({ c: { count: 1, roles: [client] } });
    await configure();
    expect(readFileSync(cluster.path('c-0', 'known'), 'utf8')).toBe('nobody');
  });

  test('that no role of the node declares are refused', async () => {
    cluster = new LocalCluster({
      master: {
        count: 1,
        roles: [service('m', { configure: (node) => [textFile('x', node.secret('other').reveal())] })],
      },
    });
    expect((await configure()).nodes[0]!.error).toContain('no role of the node declares a secret "other"');
  });
});
