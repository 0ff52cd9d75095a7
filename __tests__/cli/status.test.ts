import { rmSync } from 'node:fs';
import { runProgram } from '../../cli/program';
import type { Drift } from '../../lifecycle/drift';
import { COMMON, DEV, project } from '../plan/_project';
import { recordedConsole } from './_console';

const mockStatus = jest.fn();
const mockDrift = jest.fn();
jest.mock('../../lifecycle/status', () => ({ status: mockStatus }));
jest.mock('../../lifecycle/drift', () => ({ findDrift: mockDrift }));

const NODE = { name: 'worker-1', address: '10.0.0.5', reachable: true, roles: [] };
const NO_DRIFT: Drift = { environment: 'dev', drifted: false, cloud: [], strangers: [], nodes: [], asked: [] };

async function status(...args: string[]) {
  const dir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV });
  const console = recordedConsole({ env: { HOME: dir } });
  const exitCode = await runProgram(console, ['status', '--dir', dir, ...args]);
  rmSync(dir, { recursive: true });
  return { exitCode, out: console.out() };
}

beforeEach(() => {
  mockStatus.mockReset().mockResolvedValue({ environment: 'dev', ok: true, nodes: [NODE] });
  mockDrift.mockReset().mockResolvedValue(NO_DRIFT);
});

test('is of all nodes, or of those that are named', async () => {
  const all = await status('dev');
  const some = await status('dev', 'worker-1', '--json');

  expect(mockStatus.mock.calls.map(([, ...rest]) => rest)).toEqual([
    ['dev', {}],
    ['dev', { nodes: ['worker-1'] }],
  ]);
  expect([all.exitCode, all.out.trim().split('\n').at(-1)]).toEqual([0, 'dev: all is well']);
  expect(JSON.parse(some.out)).toEqual({ environment: 'dev', ok: true, nodes: [NODE] });
  expect((await status('dev', 'worker-1')).out).toContain('dev: all is well on worker-1');
  expect(mockDrift).not.toHaveBeenCalled();
});

test('says loudly that package mirrors are open where the plan wants them closed', async () => {
  const of = async (ok: boolean, mirrors: object) => {
    mockStatus.mockResolvedValue({ environment: 'dev', ok, nodes: [NODE], mirrors });
    return status('dev');
  };
  const closed = await of(true, { egress: 'configure', open: false, left: false });
  expect(closed.exitCode).toBe(0);
  expect(closed.out).toContain('✔ package mirrors: closed but while something is installed (egress: configure)\n');
  const left = await of(false, { egress: 'configure', open: true, left: true });
  expect(left.exitCode).toBe(1);
  expect(left.out).toContain('✖ PACKAGE MIRRORS ARE OPEN: all nodes reach TCP 80 and 443 anywhere\n');
  expect(left.out).toContain('`firesteel configure dev` closes them\ndev: not all is well\n');
  const unknown = await of(true, { egress: 'none', open: false, left: false, unknown: 'no cloud is named' });
  expect(unknown.out).toContain("? package mirrors: whether they are open can't be found out: no cloud is named\n");
});

test('with drift it is of the same nodes, and fails where there is any', async () => {
  mockDrift.mockResolvedValue({ ...NO_DRIFT, drifted: true });

  const { exitCode, out } = await status('dev', 'dev-worker-1', '--drift', '--json');

  expect(mockDrift.mock.calls.map(([, ...rest]) => rest)).toEqual([['dev', { nodes: ['worker-1'] }]]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: true, nodes: [NODE], drift: { drifted: true } });
});

test('of a common environment it is what was changed in the cloud, in the same form', async () => {
  const drift = { ...NO_DRIFT, environment: 'common' };
  mockDrift.mockResolvedValue(drift);

  expect(await status('common', '--drift')).toEqual({ exitCode: 0, out: 'common: nothing was changed by hand\n' });
  expect(JSON.parse((await status('common', '--drift', '--json')).out)).toEqual({
    environment: 'common',
    ok: true,
    nodes: [],
    drift,
  });
  mockDrift.mockResolvedValue({ ...drift, drifted: true });
  expect((await status('common', '--drift')).exitCode).toBe(1);
  expect(mockStatus).not.toHaveBeenCalled();
});
