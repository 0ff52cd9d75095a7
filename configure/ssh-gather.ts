import type { Duplex } from 'node:stream';

/**
 * Makes one write of what is written to a stream in one turn of the event loop. ssh2 writes length, body and tag of each
 * packet by themselves; on a TCP connection, which must not wait for more, each would be a system call and a segment.
 */
export function gatherWrites<Stream extends Duplex>(stream: Stream): Stream {
  const write = stream.write as (...args: unknown[]) => boolean;
  let isGathering = false;
  const gathered = (...args: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    return write.apply(stream, args);
  };
  return Object.assign(stream, { write: gathered });
}
