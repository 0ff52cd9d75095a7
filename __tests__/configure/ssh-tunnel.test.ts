import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../configure/transport';
import { openTunnel } from '../../configure/tunnel';
import { connectTo } from '../_ssh-node';
import { describeSsh, freePort, makeKey, type Sshd, startSshd } from '../_sshd';

describeSsh('a tunnel', () => {
  let folder: string;
  let sshd: Sshd;
  let connection: Connection;
  let echo: Server;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    const key = makeKey(folder, 'id');
    sshd = await startSshd({ authorizedKeys: [key.publicKey] });
    connection = await connectTo(sshd, key.file);
    echo = createServer({ allowHalfOpen: true }, (socket) => void socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((listening) => {
      echo.listen(0, '127.0.0.1', listening);
    });
    port = (echo.address() as AddressInfo).port;
  });

  afterAll(async () => {
    connection?.close();
    echo?.close();
    await sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('carries bytes both ways, for many at once, to their very end', async () => {
    const tunnel = await openTunnel(connection, { port });
    const contents = Array.from({ length: 20 }, () => randomBytes(300_000));
    const answers = await Promise.all(contents.map((content) => ask(tunnel.localPort, content)));
    expect(answers.every((answer, index) => answer.equals(contents[index]!))).toBe(true);
    await tunnel.close();
    await expect(ask(tunnel.localPort, Buffer.from('x'))).rejects.toThrow('ECONNREFUSED');
  });

  test('tells of a port that nothing listens on and goes on', async () => {
    const errors: Error[] = [];
    const dead = await freePort();
    const tunnel = await openTunnel(connection, { port: dead, onError: (error) => errors.push(error) });
    expect(await ask(tunnel.localPort, Buffer.from('x')).catch(() => Buffer.alloc(0))).toHaveLength(0);
    expect(errors[0]!.message).toBe(`127.0.0.1:${dead} can't be reached through worker-1: Connection refused`);
    await tunnel.close();
  });

  test('fails when the local port is taken, with what to do', async () => {
    await expect(openTunnel(connection, { port, localPort: port })).rejects.toThrow(
      `Port ${port} of this machine is taken. Next:`,
    );
  });

  test('closing it ends what is open', async () => {
    const tunnel = await openTunnel(connection, { port });
    const socket = connect(tunnel.localPort, '127.0.0.1');
    await new Promise((resolve) => {
      socket.once('data', resolve);
      socket.write('x');
    });
    const ended = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    await tunnel.close();
    await ended;
  });
});

function ask(port: number, content: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(content));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
  });
}
