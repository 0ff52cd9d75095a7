import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Wall {
  stop(): void;
}

/** Accepts nothing, and has as many waiting as it takes: the system drops whoever else knocks, without a word. */
const LISTEN = `
const { address, port } = JSON.parse(process.argv[1]);
require('node:net').createServer().listen({ host: address, port, backlog: 1 }, () => {
  process.stdout.write('listening');
  process.kill(process.pid, 'SIGSTOP');
});
`;

/** A port that swallows all that is sent to it, as a firewall does that drops. */
export async function startWall(address: string, port: number): Promise<Wall> {
  const options = JSON.stringify({ address, port });
  const child: ChildProcess = spawn(process.execPath, ['-e', LISTEN, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  const waiting: Socket[] = [];
  while (await tryKnock(address, port, waiting));
  return {
    stop: () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

/** Whether there was still room to wait. */
function tryKnock(address: string, port: number, waiting: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address).on('error', () => undefined);
    waiting.push(socket);
    socket.once('connect', () => resolve(true));
    setTimeout(() => resolve(false), 1000);
  });
}
