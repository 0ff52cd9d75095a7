import { existsSync } from 'node:fs';
import type { ClusterRunOptions } from '../../configure/cluster-run';
import { configureNodes } from '../../configure/configure-nodes';
import { ConnectError } from '../../configure/errors';
import type { ProgressEvent } from '../../plan/progress';
import { LocalCluster } from './_cluster';
import { always } from './_operations';
import { wholeService as service } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
afterEach(() => cluster.dispose());

const configure = (more: Partial<ClusterRunOptions> = {}) => configureNodes({ ...cluster.runOptions, ...more });

test('a role whose dependency is healthy nowhere is not started, and says why', async () => {
  cluster = new LocalCluster({
    master: { count: 1, roles: [service('master', { configure: () => [always('it', 'exit 9')] })] },
    worker: { count: 1, roles: [service('worker', { after: ['master'] })] },
  });
  const report = await configure();
  expect(report.nodes.map(({ ok }) => ok)).toEqual([false, false]);
  expect(report.nodes[1]!.error).toBe(
    'worker not started because master is healthy on no node (master-0: do it failed with exit status 9)',
  );
  expect(existsSync(cluster.path('worker-0', 'worker.conf'))).toBe(true);
  expect(existsSync(cluster.path('worker-0', 'worker.service'))).toBe(false);
  expect(existsSync(cluster.path('master-0', 'master.service'))).toBe(false);
});

test('one healthy node of a role is enough for those who wait for it', async () => {
  cluster = new LocalCluster({
    master: {
      count: 2,
      roles: [
        service('master', { configure: ({ node }) => (node.name === 'master-0' ? [always('it', 'exit 9')] : []) }),
      ],
    },
    worker: { count: 1, roles: [service('worker', { after: ['master'] })] },
  });
  expect((await configure()).nodes.map(({ ok }) => ok)).toEqual([false, true, true]);
});

test('a service that is not well in time is named with what its probe says; its node has done the rest', async () => {
  cluster = new LocalCluster(
    {
      master: { count: 1, roles: [service('ill', { start: () => [] }), service('well')] },
      worker: { count: 1, roles: [service('w', { after: ['ill'] })] },
    },
    1,
  );
  const report = await configure();
  expect(report.nodes[0]!.error).toMatch(
    /^not healthy after 1 s: ill: unit: inactive\. Next: .*firesteel ssh dev master-0/,
  );
  expect(existsSync(cluster.path('master-0', 'well.service'))).toBe(true);
  expect(report.nodes[1]!.error).toContain(
    'w not started because ill is healthy on no node (master-0: unit: inactive)',
  );
});

test('a service that takes a while is waited for', async () => {
  const slow = service('slow', {
    start: () => [always('slow', '( sleep 0.7; echo running > slow.service ) >/dev/null 2>&1 &')],
  });
  cluster = new LocalCluster({ master: { count: 1, roles: [slow] } }, 10);
  const events: ProgressEvent[] = [];
  expect((await configure({ onProgress: (event) => events.push(event) })).failed).toBe(0);
  expect(events).toContainEqual(
    expect.objectContaining({ subject: 'master-0', phase: 'health', text: 'slow: unit: inactive' }),
  );
});

describe('a node that waits for a role of its own', () => {
  const never = (): void => {
    const ill = service('master', { health: () => [{ name: 'unit', script: 'echo inactive; exit 3' }] });
    cluster = new LocalCluster(
      {
        master: { count: 1, roles: [ill, service('history', { after: ['master'] })] },
        worker: { count: 1, roles: [service('worker', { after: ['master'] })] },
      },
      600,
    );
  };

  test('ends with Ctrl-C', async () => {
    never();
    const abort = new AbortController();
    const running = configure({
      signal: abort.signal,
      onProgress: ({ phase }) => phase === 'health' && abort.abort(new Error('Ctrl-C')),
    });
    await expect(running).rejects.toThrow('Ctrl-C');
  });

  test('fails, and those that wait for it too, when its connection breaks', async () => {
    never();
    const machine = cluster.machine('master-0');
    const read = machine.read.bind(machine);
    machine.read = (script, options) =>
      options?.action === 'asking the services'
        ? Promise.reject(new ConnectError('master-0', 'the connection broke'))
        : read(script, options);
    const { nodes } = await configure();
    expect(nodes.map(({ error }) => error)).toEqual([
      'the connection broke',
      expect.stringContaining('not started because master is healthy on no node (master-0: the connection broke)'),
    ]);
  });
});
