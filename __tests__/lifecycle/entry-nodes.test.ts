import { rmSync } from 'node:fs';
import { findDeployed } from '../../lifecycle/deployed';
import { entryNodes } from '../../lifecycle/entry-nodes';
import { openWebPages } from '../../lifecycle/open';
import { sshCommand } from '../../lifecycle/ssh';
import { openPages } from '../../lifecycle/tunnel';
import type { Workspace } from '../../lifecycle/workspace';
import { sshdFixture } from '../_ssh-fixture';
import { describeSsh } from '../_sshd';
import { type DeployedProjectOptions, deployedProject } from './_deployed-project';

/** The sshd of a test can't have the port that those of clusters have. */
let mockPort: number;
jest.mock('../../lifecycle/reach', () => {
  const { reach } = jest.requireActual('../../lifecycle/reach');
  return { reach: async (...args: unknown[]) => ({ ...(await reach(...args)), port: mockPort }) };
});

let workspace: Workspace;
afterEach(() => rmSync(workspace.projectDir, { recursive: true }));

describe('where a user goes who names no node', () => {
  const namesIn = async (options: Partial<DeployedProjectOptions>, named?: string) => {
    workspace = deployedProject({ masters: 3, workers: 1, ...options });
    return entryNodes(await findDeployed(workspace, 'dev'), named).map(({ name }) => name);
  };

  test('is any of the masters', async () => expect(await namesIn({})).toEqual(['master-0', 'master-1', 'master-2']));

  test('is no master whose server is off', async () =>
    expect(await namesIn({ resting: { master: { 0: 'off', 2: 'stopped' } } })).toEqual(['master-1', 'master-2']));

  test('is the one that is named, by its name or its host name', async () =>
    expect(await namesIn({}, 'dev-worker-0')).toEqual(['worker-0']));

  test('fails where all masters are off, and says how to start them', async () =>
    expect(namesIn({ masters: 1, resting: { master: { 0: 'off' } } })).rejects.toMatchObject({
      name: 'UsageError',
      message: 'master-0 of dev is off: "firesteel start dev master-0" starts it',
    }));

  test('refuses a name that no node has', async () =>
    expect(namesIn({}, 'mastre-1')).rejects.toThrow('dev has no node "mastre-1" (did you mean "master-1"?)'));
});

describeSsh('several masters', () => {
  const first = sshdFixture(() => ({ address: '127.0.0.51' }));
  /** The same for clients, at another address. */
  const alike = (address: string) =>
    sshdFixture(() => ({ address, port: first.sshd.port, authorizedKeys: [first.key.publicKey] }));
  const second = alike('127.0.0.52');
  const third = alike('127.0.0.53');
  const none = { sshd: { hostKeys: ['SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] } };

  /** @param keys whose host keys each of the masters is to have */
  function cluster(keys: readonly { readonly sshd: { readonly hostKeys: readonly string[] } }[]): void {
    mockPort = first.sshd.port;
    const sshds = [first.sshd, second.sshd, third.sshd, third.sshd];
    const names = ['master-0', 'master-1', 'master-2', 'worker-0'];
    workspace = deployedProject({
      masters: 3,
      workers: 1,
      addresses: Object.fromEntries(names.map((name, index) => [name, sshds[index]!.address])),
      hostKeys: Object.fromEntries(names.map((name, index) => [name, (keys[index] ?? third).sshd.hostKeys])),
      key: first.key,
    });
  }

  async function pagesOf(opened: ReturnType<typeof openPages>): Promise<readonly string[]> {
    const { pages, close } = await opened;
    await close();
    expect(new Set(pages.map(({ url }) => url)).size).toBe(pages.length);
    return pages.map(({ node, page }) => `${page} on ${node}`);
  }

  test('ssh goes to the first that answers as itself', async () => {
    cluster([none, second, third]);
    const { node, args } = await sshCommand(workspace, 'dev');
    expect([node, args.at(-1)]).toEqual(['master-1', 'master-1']);
    // Without a look whether it answers.
    expect((await sshCommand(workspace, 'dev', 'master-2')).node).toBe('master-2');
  });

  test('a tunnel leads to the pages of all that answer, or of the node that is named', async () => {
    cluster([first, none, third]);
    const all = ['master on master-0', 'history on master-0', 'master on master-2', 'history on master-2'];
    expect(await pagesOf(openPages(workspace, 'dev'))).toEqual(all);
    expect(await pagesOf(openPages(workspace, 'dev', 'worker-0'))).toEqual(['worker on worker-0']);
  });

  test('open wants the page of all masters that have it and answer, else of the first node that has it', async () => {
    cluster([none, second, third]);
    const wanted = async (request: Parameters<typeof openWebPages>[2]) => {
      const open = await openWebPages(workspace, 'dev', request);
      await open.close();
      return open.wanted.map(({ node, page }) => `${page} on ${node}`);
    };
    expect(await wanted({ page: 'history' })).toEqual(['history on master-1', 'history on master-2']);
    expect(await wanted({ page: 'master', on: 'master-2' })).toEqual(['master on master-2']);
    expect(await wanted({ page: 'worker' })).toEqual(['worker on worker-0']);
    await expect(wanted({ page: 'worker', on: 'master-1' })).rejects.toThrow('master-1 has no web page "worker"');
    await expect(wanted({ page: 'workre' })).rejects.toThrow(
      'dev has no web page "workre": it has master, history, worker',
    );
  });

  test('fails with every reason where none answers', async () => {
    cluster([none, none, none]);
    await expect(sshCommand(workspace, 'dev')).rejects.toThrow(/master-0.*master-1.*master-2/s);
    await expect(openPages(workspace, 'dev')).rejects.toThrow(/master-0.*master-1.*master-2/s);
  });
});
