import { performance } from 'node:perf_hooks';
import type { ProgressListener } from '../plan/progress';

/** Runs one phase and tells when it starts, and how and after how long it ends. */
export async function phase<T>(
  onProgress: ProgressListener | undefined,
  about: { readonly subject: string; readonly phase: string; readonly text?: string },
  run: () => Promise<T>,
  doneText?: (result: T) => string | undefined,
): Promise<T> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  onProgress?.({ ...about, state: 'start' });
  try {
    const result = await run();
    const text = doneText?.(result);
    onProgress?.({
      subject: about.subject,
      phase: about.phase,
      state: 'done',
      seconds: seconds(),
      ...(text !== undefined && { text }),
    });
    return result;
  } catch (error) {
    onProgress?.({ subject: about.subject, phase: about.phase, state: 'fail', seconds: seconds() });
    throw error;
  }
}
