/** The way in and out of the program: the entry file gives the real one, tests one that remembers. */
export interface Console {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Somebody reads standard error on a terminal that lines can be redrawn on. */
  readonly liveProgress: boolean;
  /** Somebody can answer questions. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly stdout: (chunk: string | Buffer) => void;
  readonly stderr: (chunk: string | Buffer) => void;
  readonly ask: (question: string, secret: boolean) => Promise<string>;
  readonly hand: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>;
  readonly signal: AbortSignal;
}
