import type { ProgressListener } from '../../plan/progress';

/** Shows what the library tells; `end` takes back whatever moves on the screen. */
export interface ProgressDisplay {
  readonly onProgress: ProgressListener;
  /** Clears the way for other output, which may go on growing afterwards. */
  pause(): void;
  end(): void;
}

/** What is still told after the end is dropped: work that an error left behind must not write below its outcome. */
export function silentAfterEnd(display: ProgressDisplay): ProgressDisplay {
  let ended = false;
  return {
    onProgress: (event) => {
      if (!ended) display.onProgress(event);
    },
    pause: () => {
      if (!ended) display.pause();
    },
    end: () => {
      ended = true;
      display.end();
    },
  };
}

/** `3.2 s`, `2 min 5 s` */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
