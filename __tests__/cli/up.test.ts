import { rmSync } from 'node:fs';
import { runProgram } from '../../cli/program';
import { COMMON, DEV, project } from '../plan/_project';
import { recordedConsole } from './_console';

const mockUp = jest.fn();
jest.mock('../../lifecycle/up', () => ({ up: mockUp }));

async function up(...args: string[]) {
  const dir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV });
  const console = recordedConsole({ env: { HOME: dir } });
  const exitCode = await runProgram(console, ['up', '--dir', dir, ...args]);
  rmSync(dir, { recursive: true });
  return { exitCode, err: console.err() };
}

beforeEach(() => mockUp.mockReset().mockResolvedValue({ environment: 'dev', applied: 0 }));

test('refuses an unknown environment before it begins with the first', async () => {
  expect(await up('dev', 'dve')).toMatchObject({ exitCode: 2, err: expect.stringContaining('no environment "dve"') });
  expect(mockUp).not.toHaveBeenCalled();
});

test('brings up each once, in order', async () => {
  expect((await up('dev', 'common', 'dev')).exitCode).toBe(0);
  expect(mockUp.mock.calls.map(([, name]) => name)).toEqual(['dev', 'common']);
});
