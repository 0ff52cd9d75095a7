import { z } from 'zod';
import type { Operation } from '../operations/operation';
import { packages } from '../operations/packages';
import { unit } from '../operations/unit';
import { user } from '../operations/user';
import { hardenedUnit } from './_hardened-unit';
import { heldBack } from './_held-back';
import { memoryShareMiB, within } from './_memory';
import { pythonProbe, unitActive } from './_probes';
import type { NodeContext, NodeInfo, Probe, Role } from './role';
import { roleSettings } from './role-settings';

const NAME = 'memcached';
const UNIT = `${NAME}.service`;
const USER = 'memcache';

export const MEMCACHED_PORT = 11211;

const SETTINGS = z.strictObject({
  memoryMiB: z
    .number()
    .int()
    .min(16)
    .optional()
    .describe('What it keeps at most, in MiB; absent: two thirds of its share of the node’s memory.'),
  maxItemKiB: z
    .number()
    .int()
    .min(64)
    .max(131_072)
    .default(1024)
    .describe('Size of the largest thing it keeps, in KiB.'),
  maxConnections: z.number().int().min(16).max(65_536).default(4096),
});

/**
 * memcached: what it keeps is lost when it is restarted, and whoever reaches it may read all of it, for it knows no logins
 * that PHP and Python speak alike. So it listens on its node's own address, by TCP alone, and is open to its clients' nodes.
 */
export const memcached: Role = {
  name: NAME,
  summary: 'memcached; keeps in memory what others would have to make again',
  settings: SETTINGS,
  minMemoryMiB: 192,
  exposes: [{ name: 'cache', port: MEMCACHED_PORT, from: ['wordpress', 'flask-app'] }],
  install: () => [heldBack(UNIT), user({ name: USER, home: '/nonexistent' }), packages({ apt: [NAME], dnf: [NAME] })],
  start: (context) => [memcachedUnit(context)],
  health: (context) => [unitActive(UNIT), keeps(context)],
};

function memcachedUnit(context: NodeContext): Operation {
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `memcached of the cluster ${context.cluster}`,
      user: USER,
      exec: `/usr/bin/memcached ${memcachedArgs(context).join(' ')}`,
      directory: '/',
      writable: [],
    }),
  });
}

function memcachedArgs({ node, settings }: NodeContext): readonly string[] {
  const { memoryMiB, maxItemKiB, maxConnections } = roleSettings(settings, NAME, SETTINGS);
  return [
    ...['-l', node.address, '-p', String(MEMCACHED_PORT), '-U', '0'],
    ...['-m', String(memoryMiB ?? cacheMiB(node)), '-I', `${maxItemKiB}k`],
    ...['-c', String(maxConnections), '-t', String(within(1, node.vcpus, 8))],
  ];
}

/** Besides what it keeps it takes memory for its index, its connections, and what is freed in one size and needed in another. */
function cacheMiB(node: NodeInfo): number {
  return within(32, ((memoryShareMiB(node) - 96) * 2) / 3, 1_048_576);
}

function keeps({ node }: NodeContext): Probe {
  const code = `
import os
address, port = argv[0], int(argv[1])
key, value = 'firesteel-' + os.urandom(8).hex(), os.urandom(16).hex()
try:
    with socket.create_connection((address, port), timeout=10) as server:
        said = server.makefile()
        def ask(text):
            server.sendall(text.encode())
            return said.readline().strip()
        stored = ask(f'set {key} 0 60 {len(value)}\\r\\n{value}\\r\\n')
        if stored != 'STORED':
            fail(f'it keeps nothing: {stored}')
        head = ask(f'get {key}\\r\\n')
        kept = said.readline().strip() if head.startswith('VALUE') else head
        if kept != value:
            fail(f'it gave back something else: {kept}')
        said.readline()
        ask(f'delete {key}\\r\\n')
except OSError as error:
    fail(f'{address}:{port} does not answer: {error}')
`;
  return pythonProbe('keeps and gives back', code, [node.address, String(MEMCACHED_PORT)]);
}
