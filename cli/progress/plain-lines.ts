import type { ProgressEvent } from '../../plan/progress';
import { duration, type ProgressDisplay } from './listener';

/** Where there is no terminal: a phase is told when it is over, and on its way as soon as it takes long. */
const TELL_START_AFTER_MS = 2_000;
const UPDATE_EVERY_MS = 5_000;

export interface PlainOptions {
  readonly write: (text: string) => void;
  /** Every event is told. */
  readonly verbose: boolean;
  /** @default Date.now */
  readonly now?: () => number;
}

export function plainLines({ write, verbose, now = Date.now }: PlainOptions): ProgressDisplay {
  const starts = new Map<string, NodeJS.Timeout>();
  const lastUpdate = new Map<string, number>();
  const key = (event: ProgressEvent) => `${event.subject}\0${event.phase}`;
  const line = (event: ProgressEvent, rest: string) => write(`${event.subject}: ${event.phase}${rest}\n`);

  const start = (event: ProgressEvent) => {
    const tell = () => line(event, event.text ? `: ${event.text} …` : ' …');
    if (verbose) tell();
    else starts.set(key(event), setTimeout(tell, TELL_START_AFTER_MS).unref());
  };
  const update = (event: ProgressEvent) => {
    if (!verbose && now() - (lastUpdate.get(key(event)) ?? Number.NEGATIVE_INFINITY) < UPDATE_EVERY_MS) return;
    lastUpdate.set(key(event), now());
    line(event, `: ${event.text ?? '…'}`);
  };
  const finish = (event: ProgressEvent) => {
    clearTimeout(starts.get(key(event)));
    starts.delete(key(event));
    const word = event.state === 'fail' ? 'failed' : 'done';
    const time = event.seconds === undefined ? '' : ` (${duration(event.seconds)})`;
    line(event, `${event.text ? `: ${event.text}, ${word}` : ` ${word}`}${time}`);
  };
  return {
    onProgress: (event) => {
      if (event.state === 'start') start(event);
      else if (event.state === 'update') update(event);
      else if (event.state === 'warn') write(`${event.subject}: warning: ${event.text}\n`);
      else finish(event);
    },
    pause: () => {},
    end: () => {
      for (const timer of starts.values()) clearTimeout(timer);
    },
  };
}
