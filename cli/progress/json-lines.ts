import type { ProgressDisplay } from './listener';

/** One JSON line an event. */
export function jsonLines(write: (text: string) => void): ProgressDisplay {
  return {
    onProgress: (event) => write(`${JSON.stringify({ type: 'progress', ...event })}\n`),
    pause: () => {},
    end: () => {},
  };
}

/** Only what somebody has to know. */
export function warningsOnly(write: (text: string) => void): ProgressDisplay {
  return {
    onProgress: ({ state, subject, text }) => {
      if (state === 'warn') write(`${subject}: warning: ${text}\n`);
    },
    pause: () => {},
    end: () => {},
  };
}
