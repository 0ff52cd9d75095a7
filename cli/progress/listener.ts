import type { ProgressListener } from '../../plan/progress';

/** Shows what the library tells; `end` takes back whatever moves on the screen. */
export interface ProgressDisplay {
  readonly onProgress: ProgressListener;
  /** Clears the way for other output, which may go on growing afterwards. */
  pause(): void;
  end(): void;
}

/** `3.2 s`, `2 min 5 s` */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
