import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copy } from '../../lifecycle/copy';
import { readEvents } from '../../lifecycle/events';
import { logs } from '../../lifecycle/logs';
import { run } from '../../lifecycle/run';
import { sshCommand } from '../../lifecycle/ssh';
import { status } from '../../lifecycle/status';
import { submit } from '../../lifecycle/submit';
import type { Workspace } from '../../lifecycle/workspace';
import type { ProgressEvent } from '../../plan/progress';
import { sshdFixture } from '../_ssh-fixture';
import { describeSsh } from '../_sshd';
import { deployedProject } from './_deployed-project';

/** The sshd of a test can't have the port that those of clusters have. */
let mockPort: number;
jest.mock('../../lifecycle/reach', () => {
  const { reach } = jest.requireActual('../../lifecycle/reach');
  return { reach: async (...args: unknown[]) => ({ ...(await reach(...args)), port: mockPort }) };
});

describeSsh('nodes at rest', () => {
  const ssh = sshdFixture(() => ({ address: '127.0.0.41' }));
  const events: ProgressEvent[] = [];
  let workspace: Workspace;

  beforeEach(() => {
    mockPort = ssh.sshd.port;
    events.length = 0;
    const names = ['master-0', 'worker-0', 'worker-1', 'worker-2'];
    workspace = deployedProject({
      masters: 1,
      workers: 3,
      resting: { worker: { 0: 'stopped', 1: 'off', 2: 'off' } },
      addresses: Object.fromEntries(names.map((name) => [name, ssh.sshd.address])),
      hostKeys: Object.fromEntries(names.map((name) => [name, ssh.sshd.hostKeys])),
      key: ssh.key,
      workspace: { onProgress: (event) => events.push(event) },
    });
  });
  afterEach(() => rmSync(workspace.projectDir, { recursive: true }));

  const connected = () => [...new Set(events.filter(({ phase }) => phase === 'connect').map(({ subject }) => subject))];
  const namesOf = ({ nodes }: { readonly nodes: readonly { readonly node: string }[] }) =>
    nodes.map(({ node }) => node);

  test('run goes where services only are stopped, and leaves out servers that are off', async () => {
    const result = await run(workspace, 'dev', { words: ['true'] });

    expect([result.ok, namesOf(result), result.off]).toEqual([
      true,
      ['master-0', 'worker-0'],
      ['worker-1', 'worker-2'],
    ]);
    expect(connected().sort()).toEqual(['master-0', 'worker-0']);
    expect(readEvents(workspace, 'dev')).toMatchObject([{ outcome: 'ok', detail: 'on master-0, worker-0' }]);
    expect((await run(workspace, 'dev', { words: ['true'], selection: { on: ['worker-0'] } })).off).toEqual([]);
  });

  test('copy brings to those that can be reached, and from them', async () => {
    const target = join(ssh.folder, 'copied');
    writeFileSync(join(ssh.folder, 'data'), 'data');
    const selection = { groups: ['worker'] };
    const there = { from: [join(ssh.folder, 'data')], to: `:${target}`, selection };
    expect(await copy(workspace, 'dev', there)).toMatchObject({
      ok: true,
      nodes: [{ node: 'worker-0', files: 1 }],
      off: ['worker-1', 'worker-2'],
    });

    mkdirSync(join(ssh.folder, 'here'));
    const back = { from: [`:${target}`, ':/etc/hostname'], to: 'here', cwd: ssh.folder, selection };
    expect(await copy(workspace, 'dev', back)).toMatchObject({
      ok: true,
      nodes: [{ node: 'worker-0', files: 2 }],
      off: ['worker-1', 'worker-2'],
    });
    expect(readFileSync(join(ssh.folder, 'here', 'worker-0', 'copied'), 'utf8')).toBe('data');
    expect(connected()).toEqual(['worker-0']);
  });

  test('logs asks no server that is off', async () => {
    const result = await logs(workspace, 'dev', { onLine: () => undefined });

    expect([namesOf(result), result.off]).toEqual([
      ['master-0', 'worker-0'],
      ['worker-1', 'worker-2'],
    ]);
    expect(connected().sort()).toEqual(['master-0', 'worker-0']);
  });

  test('refuses a server that is off and asked for by name, before it goes anywhere', async () => {
    const on = ['worker-0', 'dev-worker-1'];
    const isOff = 'worker-1 of dev is off: "firesteel start dev worker-1" starts it';
    const calls = [
      run(workspace, 'dev', { words: ['true'], selection: { on } }),
      logs(workspace, 'dev', { onLine: () => undefined, selection: { on } }),
      copy(workspace, 'dev', { from: ['worker-1:/etc/hostname'], to: ssh.folder }),
      sshCommand(workspace, 'dev', 'worker-1'),
      submit(workspace, 'dev', {
        file: 'local:/pi.py',
        on: 'worker-1',
        onStdout: () => undefined,
        onStderr: () => undefined,
      }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'UsageError', message: isOff });
    expect(connected()).toEqual([]);
    expect(readEvents(workspace, 'dev')).toEqual([]);
  });

  test('status is of the nodes that are named, alone', async () => {
    const all = await status(workspace, 'dev');
    expect([all.ok, all.nodes.map(({ name }) => name)]).toEqual([
      false,
      ['master-0', 'worker-0', 'worker-1', 'worker-2'],
    ]);
    events.length = 0;

    const some = await status(workspace, 'dev', { nodes: ['worker-1', 'dev-worker-2'] });

    const mirrors = expect.objectContaining({ egress: 'configure', left: false });
    expect(some).toEqual({ environment: 'dev', ok: true, nodes: all.nodes.slice(2), mirrors });
    expect(connected()).toEqual([]);
    expect((await status(workspace, 'dev', { nodes: ['master-0', 'worker-1'] })).ok).toBe(false);
    expect(connected()).toEqual(['master-0']);
    await expect(status(workspace, 'dev', { nodes: ['wroker-1', 'worker-2'] })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('dev has no node "wroker-1" (did you mean "worker-1"?)'),
    });
  });
});

test('a common environment has no status but what was changed by hand', async () => {
  const workspace = deployedProject({ masters: 1, workers: 1 });
  try {
    await expect(status(workspace, 'common')).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('common is what the other environments share and has no nodes: name one of'),
    });
  } finally {
    rmSync(workspace.projectDir, { recursive: true });
  }
});
