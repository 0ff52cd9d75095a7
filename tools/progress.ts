/** What is told while tools are looked for, fetched or built; the shape of every progress event of Firesteel. */
export interface ToolEvent {
  /** The tool: `terraform`, `provider`, `go`. */
  readonly subject: string;
  readonly phase: 'find' | 'download' | 'build' | 'install';
  readonly state: 'start' | 'update' | 'done' | 'warn' | 'fail';
  readonly text?: string;
  readonly seconds?: number;
}

export type ToolListener = (event: ToolEvent) => void;

/** What all functions of this room take. */
export interface ToolOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: ToolListener;
  readonly signal?: AbortSignal;
}

const STILL_AT_IT_AFTER_MS = 10_000;

/** Tells start and end of a slow phase, and every ten seconds that it goes on. */
export async function timed<T>(
  { onProgress }: ToolOptions,
  about: Pick<ToolEvent, 'subject' | 'phase'> & { readonly text: string },
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 100) / 10;
  onProgress?.({ ...about, state: 'start' });
  const ticking = setInterval(
    () => onProgress?.({ ...about, state: 'update', text: `${about.text}: ${Math.round(seconds())} s` }),
    STILL_AT_IT_AFTER_MS,
  );
  try {
    const result = await work();
    onProgress?.({ ...about, state: 'done', seconds: seconds() });
    return result;
  } catch (error) {
    onProgress?.({ ...about, state: 'fail', seconds: seconds() });
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
