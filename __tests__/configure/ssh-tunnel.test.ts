import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { openTunnel } from '../../configure/tunnel';
import { connectionFixture } from '../_ssh-fixture';
import { describeSsh, freePort } from '../_sshd';

describeSsh('a tunnel', () => {
  const ssh = connectionFixture();
  let echo: Server;
  let port: number;

  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => void socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((listening) => {
      echo.listen(0, '127.0.0.1', listening);
    });
    port = (echo.address() as AddressInfo).port;
  });

  afterAll(() => void echo?.close());

  test('carries bytes both ways, for many at once, to their very end', async () => {
    const tunnel = await openTunnel(ssh.connection, { port });
    const contents = Array.from({ length: 20 }, () => randomBytes(300_000));
    const answers = await Promise.all(contents.map((content) => ask(tunnel.localPort, content)));
    expect(answers.every((answer, index) => answer.equals(contents[index]!))).toBe(true);
    await tunnel.close();
    await expect(ask(tunnel.localPort, Buffer.from('x'))).rejects.toThrow('ECONNREFUSED');
  });

  test('tells of a port that nothing listens on and goes on', async () => {
    const errors: Error[] = [];
    const dead = await freePort();
    const tunnel = await openTunnel(ssh.connection, { port: dead, onError: (error) => errors.push(error) });
    expect(await ask(tunnel.localPort, Buffer.from('x')).catch(() => Buffer.alloc(0))).toHaveLength(0);
    expect(errors[0]!.message).toBe(`127.0.0.1:${dead} can't be reached through worker-1: Connection refused`);
    await tunnel.close();
  });

  test('fails when the local port is taken, with what to do', async () => {
    await expect(openTunnel(ssh.connection, { port, localPort: port })).rejects.toThrow(
      `Port ${port} of this machine is taken. Next:`,
    );
  });

  test('closing it ends what is open', async () => {
    const tunnel = await openTunnel(ssh.connection, { port });
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
