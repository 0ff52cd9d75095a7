/** Progress of a sandbox command. The library prints nothing: listeners in `cli/` do. */
export type SandboxEvent =
  | { readonly kind: 'start'; readonly step: string }
  | { readonly kind: 'progress'; readonly step: string; readonly detail: string }
  | { readonly kind: 'done'; readonly step: string; readonly seconds: number }
  | { readonly kind: 'removed'; readonly what: string; readonly name: string }
  | { readonly kind: 'repair'; readonly service: string; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string };

export type OnSandboxEvent = (event: SandboxEvent) => void;

/** Runs `work` between a `start` and a `done` event. A failure emits no `done`: the error that is thrown names the step. */
export async function step<T>(onEvent: OnSandboxEvent, name: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  onEvent({ kind: 'start', step: name });
  const result = await work();
  onEvent({ kind: 'done', step: name, seconds: (Date.now() - began) / 1000 });
  return result;
}
