import { rmSync } from 'node:fs';
import { Command } from 'commander';
import type { Console } from '../../cli/console';
import { initOptions } from '../../cli/init-options';
import { addGlobalOptions } from '../../cli/options';
import { runCommand } from '../../cli/run';
import type { Session } from '../../cli/session';
import { workspaceOptions } from '../../cli/workspace';
import { project } from '../plan/_project';
import { recordedConsole } from './_console';

const dir = project({});
afterAll(() => rmSync(dir, { recursive: true }));

async function session(more: Partial<Console>): Promise<Session> {
  const command = addGlobalOptions(new Command('do'));
  command.parse(['--dir', dir], { from: 'user' });
  return new Promise((resolve) => {
    void runCommand(recordedConsole(more), command, async (made) => {
      resolve(made);
      return { json: null };
    });
  });
}

test("the sandbox's clouds.yaml is known to plans that name it", async () => {
  const made = await session({ env: { HOME: '/home/ada' } });
  const file = '/home/ada/.local/state/firesteel/sandbox/clouds.yaml';

  expect((await workspaceOptions(made)).furtherCloudsFiles).toEqual([file]);
  expect((await initOptions(made, { cloud: 'mine' })).credentials.furtherFiles).toEqual([file]);
});

test('a folder that no sandbox can live in keeps nobody from a cloud of their own', async () => {
  for (const env of [{ HOME: '/home/ada lovelace' }, { HOME: '/home/ada', FIRESTEEL_CACHE: '/a,b' }]) {
    const made = await session({ env });

    expect((await workspaceOptions(made)).furtherCloudsFiles).toBeUndefined();
    expect((await initOptions(made, { cloud: 'mine' })).credentials).toMatchObject({ cloud: 'mine' });
    expect((await initOptions(made, {})).credentials.cloud).toBeUndefined();
  }
});

test('an openrc.sh is where the caller is, whatever the project', async () => {
  const made = await session({ env: { HOME: '/home/ada' }, cwd: '/home/ada' });
  const options = { openrc: 'openrc.sh' };

  expect((await workspaceOptions(made, options)).openrc).toBe('/home/ada/openrc.sh');
  expect((await initOptions(made, options)).credentials).toMatchObject({
    openrc: '/home/ada/openrc.sh',
    cwd: dir,
  });
});

test('a password is asked for once; a passphrase as often as it is wrong', async () => {
  const asked: string[] = [];
  const ask = async (question: string) => `answer ${asked.push(question)}`;
  const made = await session({ env: { HOME: '/home/ada' }, interactive: true, ask });
  const { askPassword, askPassphrase } = await workspaceOptions(made);
  const { credentials } = await initOptions(made, { openrc: 'openrc.sh' });

  expect(await credentials.askPassword?.('Password of demo:')).toBe('answer 1');
  expect(await askPassword?.('Password of demo:')).toBe('answer 1');
  expect(await askPassword?.('Password of admin:')).toBe('answer 2');
  expect(await askPassphrase?.('id')).toBe('answer 3');
  expect(await askPassphrase?.('id')).toBe('answer 4');
});
