/** What the library tells while it works; progress bars, plain lines and JSON lines are listeners in `cli/`. */
export interface ProgressEvent {
  /** What it is about: an environment (`dev`), a node (`worker-2`) or a part (`terraform`). */
  readonly subject: string;
  /** e.g. `synth`, `connect`, `install`, `start`. */
  readonly phase: string;
  readonly state: 'start' | 'update' | 'done' | 'warn' | 'fail';
  /** For people; never a secret. */
  readonly text?: string;
  /** How long the phase took; with `done` and `fail`. */
  readonly seconds?: number;
}

export type ProgressListener = (event: ProgressEvent) => void;
