import { createServer, type Server } from 'node:net';
import type { NodeInfo } from '../../roles';
import { memcached } from '../../roles/memcached';
import { context, nodeInfo } from './_context';
import { ask, operationsOf, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const ADDRESS = '127.0.0.41';
const cache = (changes: Partial<NodeInfo> = {}) =>
  nodeInfo('cache-0', { roles: ['node', 'memcached'], address: ADDRESS, vcpus: 2, ...changes });
const at = (changes: Partial<NodeInfo> = {}, settings: object = {}) =>
  context('cache-0', [cache(changes)], { roles: { memcached: settings } });
const unit = (...args: Parameters<typeof at>) => written(memcached, at(...args), 'memcached.service');

test('listens on its own address, by TCP alone, for those who keep things in it', () => {
  expect(unit()).toContain(`/usr/bin/memcached -l ${ADDRESS} -p 11211 -U 0 `);
  expect(memcached.exposes.map(({ port, protocol, from }) => [port, protocol, from])).toEqual([
    [11211, undefined, ['wordpress', 'flask-app']],
  ]);
});

test.each([
  [512, {}, '-m 277 '],
  [1024, {}, '-m 619 '],
  [61_440, {}, '-m 40896 '],
  [1024, { memoryMiB: 64 }, '-m 64 '],
])('on a node of %i MiB with %j keeps %s', (memoryMiB, settings, words) => {
  expect(unit({ memoryMiB }, settings)).toContain(words);
});

test('leaves room for what is beside it', () => {
  expect(unit({ memoryMiB: 1024, roles: ['node', 'memcached', 'wordpress'] })).toContain('-m 277 ');
});

test('is not started by its package, and is a user of its own', () => {
  const kinds = operationsOf(memcached, at()).map(({ kind }) => kind);
  expect(kinds.indexOf('held-back')).toBeLessThan(kinds.indexOf('packages'));
  expect(unit()).toContain('\nUser=memcache\n');
});

describe('the probe', () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((resolve) => void (server ? server.close(() => resolve()) : resolve())));

  /** Answers as memcached does, but for what it is to get wrong. */
  async function serve(broken: 'nothing' | 'full' | 'forgets'): Promise<void> {
    const kept = new Map<string, string>();
    server = createServer((socket) =>
      socket.on('data', (data) => {
        const [head = '', value = ''] = data.toString().split('\r\n');
        const [verb, key = ''] = head.split(' ');
        if (verb === 'set') {
          if (broken !== 'forgets') kept.set(key, value);
          socket.write(broken === 'full' ? 'SERVER_ERROR out of memory storing object\r\n' : 'STORED\r\n');
        } else if (verb === 'get') {
          const found = kept.get(key);
          socket.write(found === undefined ? 'END\r\n' : `VALUE ${key} 0 ${found.length}\r\n${found}\r\nEND\r\n`);
        } else socket.write('DELETED\r\n');
      }),
    );
    await new Promise<void>((resolve) => server!.listen(11211, ADDRESS, resolve));
  }
  const probe = memcached.health!(at()).find(({ name }) => name === 'keeps and gives back')!;

  test('sets and gets', async () => {
    await serve('nothing');
    expect(await ask(probe)).toBe('');
  });

  test('fails where nothing is kept', async () => {
    await serve('full');
    expect(await ask(probe)).toContain('it keeps nothing: SERVER_ERROR out of memory');
  });

  test('fails where something else comes back', async () => {
    await serve('forgets');
    expect(await ask(probe)).toContain('it gave back something else: END');
  });

  test('fails where nobody listens', async () => {
    server = undefined;
    expect(await ask(probe)).toContain(`${ADDRESS}:11211 does not answer`);
  });
});
