import { appendFileSync, existsSync } from 'node:fs';
import { configureNodes } from '../../configure/configure-nodes';
import { ConnectError } from '../../configure/errors';
import { reviewNodes } from '../../configure/review-nodes';
import { roleDigests } from '../../configure/role-digests';
import type { NodeContext, Role } from '../../roles/role';
import { LocalCluster } from './_cluster';
import { textFile } from './_operations';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const web: Role = {
  name: 'web',
  summary: '',
  exposes: [],
  secrets: [{ name: 'web.key', bytes: 16, recover: 'true' }],
  install: () => [textFile('web.installed', 'yes')],
  configure: ({ node }: NodeContext) => [textFile('web.conf', `I am ${node.name}`)],
};

let cluster: LocalCluster;

beforeEach(() => {
  cluster = new LocalCluster({ web: { count: 2, roles: [web] } });
});

afterEach(() => cluster.dispose());

const review = (bare: readonly string[] = []) =>
  reviewNodes({
    ...cluster.runOptions,
    bare: new Set(bare),
  });

test('says what would be done on every node, and does and stores nothing', async () => {
  const nodes = await review();

  expect(nodes.map(({ name, basis, changes }) => [name, basis, changes.length])).toEqual([
    ['web-0', 'facts', 2],
    ['web-1', 'facts', 2],
  ]);
  expect(existsSync(cluster.path('web-0', 'web.conf'))).toBe(false);
  expect(cluster.secrets.values.size).toBe(0);
});

test('does not ask nodes that are still to be made', async () => {
  cluster.unreachable.set('web-1', new ConnectError('web-1', 'there is no web-1 yet'));

  const [first, second] = await review(['web-1']);

  expect(first).toMatchObject({ basis: 'facts' });
  expect(second).toMatchObject({ name: 'web-1', basis: 'assumed bare', facts: {} });
  expect(second!.changes).toHaveLength(2);
});

test('tells of a node that can not be asked, and of the others all the same', async () => {
  cluster.unreachable.set('web-1', new ConnectError('web-1', 'web-1 is away'));
  cluster.secrets.values.set('dev web.key', 'k');

  const [first, second] = await review();

  expect(first).toMatchObject({ name: 'web-0', changes: [{}, {}] });
  expect(second).toMatchObject({ name: 'web-1', error: 'web-1 is away' });
});

test('asks only the nodes that it is about, which may not be unknown', async () => {
  cluster.secrets.values.set('dev web.key', 'k');

  expect(
    (await reviewNodes({ ...cluster.runOptions, bare: new Set(), onlyNodes: ['web-1'] })).map(({ name }) => name),
  ).toEqual(['web-1']);
  expect([cluster.machine('web-0').reads.length, cluster.machine('web-1').reads.length]).toEqual([0, 1]);
  await expect(reviewNodes({ ...cluster.runOptions, bare: new Set(), onlyNodes: ['web-7'] })).rejects.toThrow(
    'dev has no node web-7; it has web-0, web-1',
  );
});

test('the digests of facts stay, until that very thing changes on that very node', async () => {
  await configureNodes(cluster.runOptions);
  const before = await review();
  expect(await review()).toEqual(before);
  expect(before.flatMap(({ changes }) => changes)).toEqual([]);

  appendFileSync(cluster.path('web-0', 'web.conf'), 'by hand');
  const after = await review();

  const changed = (index: number) =>
    Object.keys(after[index]!.facts).filter(
      (operation) => after[index]!.facts[operation] !== before[index]!.facts[operation],
    );
  expect(changed(0)).toHaveLength(1);
  expect(changed(0)[0]).toContain('web.conf');
  expect(changed(1)).toEqual([]);
});

test('leaves nodes out whose servers are to be off', async () => {
  cluster.unreachable.set('web-1', new ConnectError('web-1', 'off'));
  cluster.rest('web', { 1: 'off' });

  expect((await review())[1]).toEqual({ name: 'web-1', basis: 'off', changes: [], facts: {} });
});

test('a role that does something else has another digest, wherever its nodes are', () => {
  const digests = roleDigests(cluster.plan, cluster.output);
  const elsewhere = {
    ...cluster.output,
    nodes: cluster.output.nodes.map((node) => ({ ...node, address: '10.9.9.9' })),
  };
  expect(roleDigests(cluster.plan, elsewhere)).toEqual(digests);

  const other = new LocalCluster({
    web: { count: 2, roles: [{ ...web, install: () => [textFile('web.installed', 'no')] }] },
  });
  expect(roleDigests(other.plan, other.output).web).not.toBe(digests.web);
  other.dispose();
});
