/** Progress of a sandbox command. The library prints nothing: listeners in `cli/` do. */
export type SandboxEvent =
  | { readonly kind: 'start'; readonly step: string }
  | { readonly kind: 'progress'; readonly step: string; readonly detail: string }
  | { readonly kind: 'done'; readonly step: string; readonly seconds: number }
  | { readonly kind: 'removed'; readonly what: string; readonly name: string }
  | { readonly kind: 'repair'; readonly service: string; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string };

export type OnSandboxEvent = (event: SandboxEvent) => void;

const TELL_EVERY_MS = 15_000;

/**
 * Runs `work` between a `start` and a `done` event. A failure emits no `done`: the error that is thrown names the step.
 * @param work may hand on a program's lines: the last one is told now and then, so that a long step is seen to go on
 */
export async function step<T>(
  onEvent: OnSandboxEvent,
  name: string,
  work: (onLine: (line: string) => void) => Promise<T>,
): Promise<T> {
  const began = Date.now();
  let detail = '';
  onEvent({ kind: 'start', step: name });
  const telling = setInterval(() => {
    if (detail) onEvent({ kind: 'progress', step: name, detail });
  }, TELL_EVERY_MS);
  try {
    const result = await work((line) => {
      detail = line.trim() || detail;
    });
    onEvent({ kind: 'done', step: name, seconds: (Date.now() - began) / 1000 });
    return result;
  } finally {
    clearInterval(telling);
  }
}
