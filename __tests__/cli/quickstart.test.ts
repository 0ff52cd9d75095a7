import { rmSync } from 'node:fs';
import { runProgram } from '../../cli/program';
import { COMMON, DEV, project } from '../plan/_project';
import { recordedConsole } from './_console';

const mockSandboxUp = jest.fn();
jest.mock('../../sandbox/up', () => ({ up: mockSandboxUp }));

async function quickstart(files: Record<string, string>, env: NodeJS.ProcessEnv, ...args: string[]) {
  const dir = project(files);
  const console = recordedConsole({ env: { HOME: dir, ...env } });
  const exitCode = await runProgram(console, ['quickstart', '--dir', dir, ...args]);
  rmSync(dir, { recursive: true });
  return { exitCode, out: console.out(), err: console.err() };
}

beforeEach(() => mockSandboxUp.mockReset().mockRejectedValue(new Error('the sandbox was started')));

describe('files of the sandbox', () => {
  const files = { 'common.yaml': `${COMMON}cloud: sandbox\n`, 'dev.yaml': `${DEV}cloud: sandbox\n` };

  test.each<[what: string, env: NodeJS.ProcessEnv, args: string[], asked: string]>([
    ['OS_CLOUD', { OS_CLOUD: 'mine' }, [], '"mine"'],
    ['--cloud', {}, ['--cloud', 'mine'], '"mine"'],
    ['the OS_* variables', { OS_AUTH_URL: 'http://127.0.0.1:1/v3' }, [], 'that of the OS_* variables'],
    ['--openrc', {}, ['--openrc', 'openrc.sh'], 'that of openrc.sh'],
  ])('refuses another cloud by %s before it starts the sandbox', async (_, env, args, asked) => {
    expect(await quickstart(files, env, ...args)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining(`dev.yaml is of cloud "sandbox", and ${asked} is asked for: work in another folder`),
    });
    expect(mockSandboxUp).not.toHaveBeenCalled();
  });

  test('start it where no other cloud is asked for', async () => {
    await quickstart(files, {});
    await quickstart(files, { OS_CLOUD: 'sandbox', OS_AUTH_URL: 'http://127.0.0.1:1/v3' });
    expect(mockSandboxUp).toHaveBeenCalledTimes(2);
  });
});

test('what init found is told once, and also where what follows fails', async () => {
  const common = COMMON.replace(/publicKey: .*/, 'publicKey: /nowhere/id.pub');
  const files = { 'common.yaml': `${common}cloud: mine\n`, 'dev.yaml': `${DEV}cloud: mine\n` };

  const { exitCode, out, err } = await quickstart(files, {});

  expect(exitCode).toBe(2);
  expect(err).toContain("can't read the public key /nowhere/id.pub");
  expect(out.match(/dev\.yaml: exists, left as it is/g)).toHaveLength(1);
});
