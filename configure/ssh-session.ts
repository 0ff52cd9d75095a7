import type { ClientChannel } from 'ssh2';
import { EndMark } from './ssh-end-mark';
import { KILL_SECONDS } from './ssh-script';

export interface SessionOptions {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Aborting it ends the lifeline, and with it what runs on the node. */
  readonly signal?: AbortSignal;
  /** The session is over for us when this mark has come on both outputs. @default - when the command has exited */
  readonly endMark?: string;
  /** Called when nothing more may be written: the session has ended, or the lifeline was cut. */
  readonly onInputClosed?: () => void;
}

/** How a session ended; `exit` is undefined where the connection broke or the node never said. */
export interface SessionEnd {
  readonly exit?: { readonly code: number | null; readonly signal?: string };
  /** The end mark has come: the shell waits for another script. */
  readonly waiting?: boolean;
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
    const leave = (end: SessionEnd): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cut);
      options.onInputClosed?.();
      channel.off('data', onData).off('exit', onExit).off('close', finish).off('error', finish);
      channel.stderr.off('data', onErrorData);
      resolve(end);
    };
    const finish = (): void => {
      channel.close();
      leave({ exit });
    };
    const marks: EndMark[] = [];
    const listen = (listener: (chunk: Buffer) => void): ((chunk: Buffer) => void) => {
      const mark = options.endMark === undefined ? undefined : new EndMark(options.endMark, listener);
      if (mark) marks.push(mark);
      return (chunk) => {
        if (mark) mark.push(chunk);
        else listener(chunk);
        if (exit) closeAfter(DRAIN_MS);
        else if (mark && !options.signal?.aborted && marks.every(({ status }) => status !== undefined)) {
          leave({ exit: { code: mark.status! }, waiting: true });
        }
      };
    };
    const onData = listen(options.onStdout);
    const onErrorData = listen(options.onStderr);
    const onExit = (code: number | null, signal?: string): void => {
      exit = { code, signal };
      closeAfter(DRAIN_MS);
    };
    channel.on('data', onData).on('exit', onExit).on('close', finish).on('error', finish);
    channel.stderr.on('data', onErrorData);
    if (options.signal?.aborted) cut();
    else options.signal?.addEventListener('abort', cut, { once: true });
  });
}
