import type { Operation } from '../../operations';
import { findRole, type NodeContext, type NodeInfo } from '../../roles';
import { CLUSTER, context, nodeInfo } from './_context';

const three = [...CLUSTER, nodeInfo('worker-2')];
const four = [...three, nodeInfo('worker-3')];

function operationsOf(at: NodeContext): readonly Operation[] {
  const roles = at.node.roles.map(findRole);
  return [
    ...roles.flatMap((role) => role.install?.(at) ?? []),
    ...roles.flatMap((role) => role.configure?.(at) ?? []),
    ...roles.flatMap((role) => role.start?.(at) ?? []),
  ];
}

/** What an operation asks and does, the facts of a bare machine given. */
const wanted = (operation: Operation) => ({
  thing: `${operation.kind} ${operation.name}`,
  fact: operation.fact.script,
  scripts: operation.changes(operation.fact.bare).map(({ script }) => script),
});
const isHosts = ({ name }: Operation): boolean => name.startsWith('/etc/hosts');
const statements = (name: string, nodes: readonly NodeInfo[]) =>
  operationsOf(context(name, nodes))
    .filter((operation) => !isHosts(operation))
    .map(wanted);
const hosts = (name: string, nodes: readonly NodeInfo[]) => operationsOf(context(name, nodes)).find(isHosts)!;

/** /etc/hosts as it is on a node after it was configured. */
function hostsText(name: string, nodes: readonly NodeInfo[]): string {
  const [change] = hosts(name, nodes).changes({});
  const added = change!.diff!.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+++'));
  return added.map((line) => `${line.slice(1)}\n`).join('');
}

describe.each(['master-0', 'worker-0'])('one worker more, seen from %s', (name) => {
  test('says nothing new of any file, package or unit', () => {
    expect(statements(name, four)).toEqual(statements(name, three));
  });

  test('leaves /etc/hosts as it is', () => {
    const text = hostsText(name, three);
    expect(text).toContain('worker-2\n');
    expect(hosts(name, four).changes({ text })).toEqual([]);
  });

  test('nor does one that is gone', () => {
    expect(statements(name, three.slice(0, 3))).toEqual(statements(name, three));
    expect(hosts(name, three.slice(0, 3)).changes({ text: hostsText(name, three) })).toEqual([]);
  });
});

test('a smaller worker makes executors smaller everywhere', () => {
  const smaller = [...three.slice(0, 1), ...[0, 1].map((n) => nodeInfo(`worker-${n}`, { memoryMiB: 4096, vcpus: 2 }))];
  expect(statements('master-0', smaller)).not.toEqual(statements('master-0', [...smaller, nodeInfo('worker-2')]));
});

test('the new one knows all', () => {
  expect(hostsText('worker-3', four)).toContain('10.0.0.22 dev-worker-2 worker-2\n10.0.0.23 dev-worker-3 worker-3\n');
});
