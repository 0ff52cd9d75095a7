import { rmSync } from 'node:fs';
import { copy } from '../../lifecycle/copy';
import { Workspace } from '../../lifecycle/workspace';
import { COMMON, DEV, project } from '../plan/_project';

const projectDir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV });
afterAll(() => rmSync(projectDir, { recursive: true }));

test.each([
  [[], 'data', 'what is to be copied, and where to?'],
  [['data'], '/srv/data', 'neither side is a node: write its path as worker-0:/path, or :/path for all nodes'],
  [['./a:b'], 'data', 'neither side is a node'],
  [['worker-0:/srv/data'], 'worker-1:/srv/data', 'from node to node nothing is copied'],
  [['worker-0:/srv/data', 'data'], 'here', 'the sources are partly of this machine and partly of nodes'],
  [['data'], 'worker-0:data', `"worker-0:data": a node's path begins with "/"`],
  [['data'], ':~/data', 'as in worker-0:/tmp/data'],
  [[':/'], 'here', 'is not "/" alone'],
  [['worker-0://./'], 'here', 'is not "/" alone'],
])('refuses to copy %j to %s', async (from, to, message) => {
  const run = copy(new Workspace({ projectDir, env: {} }), 'dev', { from, to });

  await expect(run).rejects.toThrow(message);
  await expect(run).rejects.toMatchObject({ name: 'UsageError' });
});
