import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Connection } from './transport';

export interface TunnelOptions {
  /** As seen from the node. @default '127.0.0.1' */
  readonly host?: string;
  readonly port: number;
  /** Port on this machine's 127.0.0.1. @default - any free one */
  readonly localPort?: number;
  /** Called when a connection through the tunnel fails; the tunnel goes on. */
  readonly onError?: (error: Error) => void;
}

export interface Tunnel {
  readonly localPort: number;
  /** Stops listening and ends what is open. */
  close(): Promise<void>;
}

/**
 * Opens a port on this machine's loopback address that leads to a port seen from the node.
 * @throws {Error} when the local port is taken
 */
export async function openTunnel(connection: Connection, options: TunnelOptions): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    void carry(connection, socket, options);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => failed(listenError(error, options.localPort)));
    server.listen({ host: '127.0.0.1', port: options.localPort ?? 0 }, listening);
  });
  return {
    localPort: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function carry(connection: Connection, socket: Socket, options: TunnelOptions): Promise<void> {
  // A client that goes away is no error of the tunnel.
  socket.on('error', () => undefined);
  try {
    const channel = await connection.forward(options.host ?? '127.0.0.1', options.port);
    channel.on('error', () => socket.destroy());
    channel.on('close', () => socket.destroySoon());
    socket.on('close', () => channel.destroy());
    socket.pipe(channel).pipe(socket);
  } catch (error) {
    socket.destroy();
    options.onError?.(error as Error);
  }
}

function listenError(error: NodeJS.ErrnoException, port: number | undefined): Error {
  if (error.code === 'EADDRINUSE')
    return new Error(`Port ${port} of this machine is taken. Next: name another one, or none to get a free one.`);
  if (error.code === 'EACCES')
    return new Error(`Port ${port} of this machine may not be opened by this user. Next: name one above 1023.`);
  return error;
}
