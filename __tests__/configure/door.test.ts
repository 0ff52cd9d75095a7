import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { openDoor, tcpTo } from '../../configure/door';

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

/** What comes back of a word; empty where the connection is closed first. */
function say(to: number, word: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(to, '127.0.0.1', () => socket.write(word));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text === word) socket.end();
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
}

test('every connection leads to the other side', async () => {
  const door = await openDoor(() => tcpTo('127.0.0.1', port));
  expect(await Promise.all([say(door.port, 'one'), say(door.port, 'two')])).toEqual(['one', 'two']);
  await door.close();
});

test('one that leads nowhere is closed, and the next may be better', async () => {
  let tries = 0;
  const door = await openDoor(async () => {
    tries++;
    if (tries === 1) throw new Error('not yet');
    return tcpTo('127.0.0.1', port);
  });
  expect(await say(door.port, 'early')).toBe('');
  expect(await say(door.port, 'later')).toBe('later');
  await door.close();
});

test('fails where nothing listens', async () => {
  const unused = createServer();
  await new Promise<void>((listening) => unused.listen(0, '127.0.0.1', listening));
  const free = (unused.address() as AddressInfo).port;
  await new Promise((closed) => unused.close(closed));
  await expect(tcpTo('127.0.0.1', free)).rejects.toThrow('ECONNREFUSED');
});
