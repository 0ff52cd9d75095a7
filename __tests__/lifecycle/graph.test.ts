import { graph } from '../../lifecycle/graph';
import { Workspace } from '../../lifecycle/workspace';
import { COMMON, DEV, project } from '../plan/_project';

const workspace = new Workspace({ projectDir: project({ 'common.yaml': COMMON, 'dev.yaml': DEV }) });

test('Mermaid has the groups, their roles, and an arrow for all that is open', async () => {
  const text = await graph(workspace, 'dev', 'mermaid');
  expect(text).toMatch(/^flowchart LR\n/);
  expect(text).toContain(
    'master_["master × 1<br/>m1.small<br/>bastion<br/>spark-master<br/>spark-history<br/>floating IPs"]',
  );
  expect(text).toContain('worker_["worker × 2<br/>m1.small<br/>spark-worker"]');
  expect(text).toContain('operator_ -- "tcp 22" --> master_');
  expect(text).toMatch(/worker_ -- "tcp 7077<br\/>tcp 7079-7110" --> master_/);
  expect(text).not.toContain('operator_ -- "tcp 22" --> worker_');
  expect(text).not.toContain('public');
  expect(text).toContain('["dev<br/>tcp 22 from master to every node<br/>tcp 7078 from all nodes to every node"]');
});

test('SVG is drawn by Graphviz, with the same groups and ports', async () => {
  const svg = await graph(workspace, 'dev', 'svg');
  expect(svg).toMatch(/<svg[^>]*>/);
  for (const text of ['master × 1', 'worker × 2', 'tcp 22', 'operator']) expect(svg).toContain(text);
});

test('JSON is what both are drawn from', async () => {
  const { groups, edges } = JSON.parse(await graph(workspace, 'dev', 'json'));
  expect(groups).toHaveLength(2);
  expect(edges).toContainEqual({ from: 'operator', to: 'master', ports: ['tcp 22'] });
});

test('a common environment has nothing to draw', async () => {
  await expect(graph(workspace, 'common', 'svg')).rejects.toThrow('common');
});
