import { rmSync } from 'node:fs';
import { runProgram } from '../../cli/program';
import { describePromotion } from '../../cli/reports/promote-report';
import type { PromoteResult } from '../../lifecycle/promote';
import { COMMON, DEV, project } from '../plan/_project';
import { recordedConsole } from './_console';

const mockPromote = jest.fn();
jest.mock('../../lifecycle/promote', () => ({ promote: mockPromote }));

const configured = { environment: 'dev', dryRun: false, nodes: [], changed: 0, failed: 0 };
const RESULT = {
  environment: 'dev',
  region: 'eu',
  former: 'us',
  how: 'lost',
  unreached: ['db-0'],
  configured,
} as PromoteResult;

async function promote(...args: string[]) {
  const dir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV });
  const console = recordedConsole({ env: { HOME: dir } });
  const exitCode = await runProgram(console, ['promote', '--dir', dir, ...args]);
  rmSync(dir, { recursive: true });
  return { exitCode, out: console.out(), err: console.err() };
}

beforeEach(() => mockPromote.mockReset().mockResolvedValue(RESULT));

test('gives nothing up that nobody has said', async () => {
  expect((await promote('dev', 'eu')).exitCode).toBe(0);
  expect(mockPromote.mock.calls[0].slice(1)).toEqual(['dev', { region: 'eu', lost: false, timeouts: {} }]);
  await promote('dev', 'eu', '--lost');
  expect(mockPromote.mock.calls[1][2]).toMatchObject({ lost: true });
});

test('fails where a node does', async () => {
  mockPromote.mockResolvedValue({ ...RESULT, configured: { ...configured, failed: 1 } });
  const { exitCode, out } = await promote('dev', 'eu');
  expect(exitCode).toBe(1);
  expect(out).toContain('eu is to take the writes, but not all nodes are well');
});

test('says what to do when the lost region comes back', () => {
  const text = describePromotion(RESULT);
  expect(text).toContain('dev: eu takes the writes; us is lost');
  expect(text).toContain('nothing of their region answers: db-0');
  expect(text).toContain('"firesteel configure dev" makes it replicate from eu');
  expect(describePromotion({ ...RESULT, how: 'handedOver', unreached: [] })).toMatch(/us has handed over$/);
});
