import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer, type Server as HttpServer, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { MirrorsProxy } from '../../configure/mirrors-proxy';

/** What the mirror was asked. */
const asked: string[] = [];
const CONTENT = randomBytes(300_000);
let mirror: HttpServer;
/** The way in, which on a node is a port of its loopback address. */
let way: Server;
let proxy: MirrorsProxy;
/** Where the proxy went. */
let reached: string[];

beforeAll(async () => {
  mirror = createHttpServer((incoming, answer) => {
    asked.push(
      `${incoming.method} ${incoming.headers.host}${incoming.url} ${incoming.headers['proxy-connection'] ?? ''}`,
    );
    if (incoming.url === '/moved') answer.writeHead(302, { location: 'http://elsewhere.example/' }).end();
    else if (incoming.url === '/cut')
      answer.writeHead(200, { 'content-length': 10 }).write('half', () => answer.destroy());
    else answer.writeHead(200, { 'x-from': 'mirror' }).end(incoming.method === 'HEAD' ? undefined : CONTENT);
  });
  await new Promise<void>((listening) => mirror.listen(0, '127.0.0.1', listening));
  way = createServer((socket) => proxy.serve(socket));
  await new Promise<void>((listening) => way.listen(0, '127.0.0.1', listening));
});

afterAll(() => {
  way.close();
  mirror.closeAllConnections();
  mirror.close();
});

beforeEach(() => {
  asked.length = 0;
  reached = [];
  proxy = new MirrorsProxy(new Set(['mirror.example', '127.0.0.1']), {
    env: {},
    connect: async (host, port) => {
      reached.push(`${host}:${port}`);
      return connect((mirror.address() as AddressInfo).port, '127.0.0.1');
    },
  });
});

afterEach(() => proxy.close());

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Record<string, unknown>;
}

function ask(path: string, method = 'GET'): Promise<Answer> {
  const { port } = way.address() as AddressInfo;
  const headers = { 'proxy-connection': 'keep-alive', connection: 'close' };
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, body: Buffer.concat(chunks), headers: answer.headers }),
      );
    });
    asking.on('error', reject).end();
  });
}

/** The first line of the answer, and what comes back of an HTTP request through the tunnel where there is one. */
function tunnel(to: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((way.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      if (text === '' && chunk.toString().startsWith('HTTP/1.1 200'))
        socket.write('HEAD /inside HTTP/1.1\r\nhost: mirror.example\r\nconnection: close\r\n\r\n');
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(`CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n\r\n`);
  });
}

test('reads from a mirror, byte for byte, and tells it nothing of the way', async () => {
  const { status, body, headers } = await ask('http://Mirror.Example/debian/x?y=1');
  expect(status).toBe(200);
  expect(body.equals(CONTENT)).toBe(true);
  expect(headers['x-from']).toBe('mirror');
  expect((await ask('http://mirror.example:443/y', 'HEAD')).status).toBe(200);
  expect(asked).toEqual(['GET mirror.example/debian/x?y=1 ', 'HEAD mirror.example:443/y ']);
  expect(reached).toEqual(['mirror.example:80', 'mirror.example:443']);
});

test('leads through to a mirror that speaks TLS', async () => {
  const text = await tunnel('mirror.example:443');
  expect(text).toMatch(/^HTTP\/1\.1 200 Connection established\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(reached).toEqual(['mirror.example:443']);
});

test('hands on where a mirror sends elsewhere, and does not go there', async () => {
  expect(await ask('http://mirror.example/moved')).toMatchObject({
    status: 302,
    headers: { location: 'http://elsewhere.example/' },
  });
  expect((await ask('http://elsewhere.example/')).status).toBe(403);
  expect(reached).toEqual(['mirror.example:80']);
});

test.each([
  ['GET', 'http://intranet.example/', 403, 'intranet.example is no package mirror of this node'],
  ['GET', 'http://10.0.0.5/', 403, '10.0.0.5 is no package mirror of this node'],
  ['GET', 'http://169.254.169.254/latest', 403, '169.254.169.254 is no package mirror'],
  ['GET', 'http://mirror.example:8080/', 403, 'port 8080 is none of 80 and 443'],
  ['GET', 'http://mirror.example:22/', 403, 'port 22 is none of 80 and 443'],
  ['GET', 'ftp://mirror.example/', 400, 'give a whole http address'],
  ['GET', '/etc/passwd', 400, 'give a whole http address'],
  ['POST', 'http://mirror.example/', 405, 'it reads only'],
  ['PUT', 'http://mirror.example/', 405, 'it reads only'],
  ['DELETE', 'http://mirror.example/', 405, 'it reads only'],
])('refuses %s %s', async (method, path, status, text) => {
  const answer = await ask(path, method);
  expect([answer.status, answer.body.toString()]).toEqual([status, expect.stringContaining(text)]);
  expect(reached).toEqual([]);
});

test.each(['intranet.example:443', 'mirror.example:22', 'mirror.example', '169.254.169.254:80', '[::1]:443'])(
  'refuses a tunnel to %s',
  async (to) => {
    expect(await tunnel(to)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(reached).toEqual([]);
  },
);

test('never leads to this machine, whatever a node names', async () => {
  proxy.close();
  proxy = new MirrorsProxy(new Set(['127.0.0.1', 'localhost']), { env: {} });
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1']) {
    const answer = await ask(`http://${host}/`);
    expect([answer.status, answer.body.toString()]).toEqual([
      502,
      expect.stringContaining('is this machine or its own link'),
    ]);
  }
  expect(await tunnel('localhost:443')).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
});

test('goes through the proxy that this machine has itself', async () => {
  proxy.close();
  const { port } = mirror.address() as AddressInfo;
  const env = { http_proxy: `http://ada:secret@127.0.0.1:${port}` };
  proxy = new MirrorsProxy(new Set(['mirror.example']), { env });
  expect((await ask('http://mirror.example/a')).status).toBe(200);
  expect(asked).toEqual(['GET mirror.examplehttp://mirror.example/a ']);
});

test('fails where a mirror breaks off, or is not to be had', async () => {
  await expect(ask('http://mirror.example/cut')).rejects.toThrow();
  proxy.close();
  proxy = new MirrorsProxy(new Set(['mirror.example']), {
    env: {},
    connect: () => Promise.reject(new Error('no route')),
  });
  expect(await ask('http://mirror.example/')).toMatchObject({ status: 502 });
  expect(await tunnel('mirror.example:443')).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*no route/);
});
