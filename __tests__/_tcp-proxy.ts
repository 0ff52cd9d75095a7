import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections made through it so far. */
  connections(): number;
  /** Breaks all connections, as a network does that resets them. */
  reset(): void;
  /** Lets nothing through any more, without telling either side. */
  freeze(): void;
  close(): void;
}

/** A way to a server that a test can break. */
export async function startProxy(host: string, port: number, localPort = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count++;
    const other = connect(port, host);
    for (const one of [socket, other]) {
      sockets.add(one);
      one.on('error', () => undefined);
    }
    socket.on('close', () => other.destroy());
    other.on('close', () => socket.destroy());
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((listening) => {
    server.listen(localPort, '127.0.0.1', listening);
  });
  const each = (action: (socket: Socket) => void): void => {
    for (const socket of sockets) action(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    reset: () => each((socket) => socket.resetAndDestroy()),
    freeze: () => each((socket) => socket.unpipe().pause()),
    close: () => {
      server.close();
      each((socket) => socket.destroy());
    },
  };
}
