import type { ClientChannel } from 'ssh2';
import { KILL_SECONDS } from './ssh-script';

export interface SessionOptions {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Aborting it ends the lifeline, and with it what runs on the node. */
  readonly signal?: AbortSignal;
  /** Called when nothing more may be written: the session has ended, or the lifeline was cut. */
  readonly onInputClosed?: () => void;
}

/** How a session ended; `exit` is undefined where the connection broke or the node never said. */
export interface SessionEnd {
  readonly exit?: { readonly code: number | null; readonly signal?: string };
}

/** Milliseconds without output after which a session that has exited counts as ended, though a daemon holds its pipes. */
const DRAIN_MS = 2000;

/**
 * Follows one exec channel to its end. Whoever opened it has written, or goes on writing, to its standard input.
 * After an abort it waits until the node says that the command has ended, so that nothing is left running.
 */
export function followSession(channel: ClientChannel, options: SessionOptions): Promise<SessionEnd> {
  return new Promise((resolve) => {
    let exit: SessionEnd['exit'];
    let timer: NodeJS.Timeout | undefined;
    const closeAfter = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(finish, milliseconds);
    };
    const cut = (): void => {
      options.onInputClosed?.();
      channel.end();
      closeAfter((KILL_SECONDS + 3) * 1000);
    };
    const finish = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cut);
      options.onInputClosed?.();
      channel.close();
      resolve({ exit });
    };
    const listen = (listener: (chunk: Buffer) => void) => (chunk: Buffer) => {
      listener(chunk);
      if (exit) closeAfter(DRAIN_MS);
    };
    channel.on('data', listen(options.onStdout));
    channel.stderr.on('data', listen(options.onStderr));
    channel.on('exit', (code: number | null, signal?: string) => {
      exit = { code, signal };
      closeAfter(DRAIN_MS);
    });
    channel.on('close', finish);
    channel.on('error', finish);
    if (options.signal?.aborted) cut();
    else options.signal?.addEventListener('abort', cut, { once: true });
  });
}
