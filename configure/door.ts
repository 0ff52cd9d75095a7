import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A port of this machine's loopback address that leads elsewhere. */
export interface Door {
  readonly port: number;
  /** Stops listening and ends what is open. */
  close(): Promise<void>;
}

/** How long one connection may take to come about. */
const CONNECT_MS = 10_000;

/**
 * Opens a free port of the loopback address, every connection to which becomes one to somewhere else; where that can't be
 * made it is closed at once, and whoever made it tries again.
 * @param lead makes the connection, e.g. `tcpTo`, or over that of a bastion
 */
export async function openDoor(lead: () => Promise<Duplex>): Promise<Door> {
  const open = new Set<Duplex>();
  const keep = (stream: Duplex): void => {
    open.add(stream);
    stream.on('close', () => open.delete(stream));
    stream.on('error', () => stream.destroy());
  };
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    keep(socket);
    lead().then(
      (stream) => {
        keep(stream);
        socket.on('close', () => stream.destroy());
        stream.on('close', () => socket.destroy());
        if (socket.destroyed) stream.destroy();
        socket.pipe(stream).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port: 0 }, listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const stream of open) stream.destroy();
      }),
  };
}

/** @throws {Error} when there is no connection in time */
export function tcpTo(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
