import type { Command } from 'commander';
import type { ProgressListener } from '../plan/progress';

/** What a command gets to do its work with; it never prints by itself. */
export interface Session {
  /** The project's folder, absolute. */
  readonly dir: string;
  /** Where the caller is. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The answer is read by a program. */
  readonly json: boolean;
  /** Somebody sits at a terminal and can answer questions. */
  readonly interactive: boolean;
  readonly onProgress: ProgressListener;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** For output that streams through: a job's, a log's. With `--json` it goes to standard error. */
  readonly stdout: (chunk: string | Buffer) => void;
  readonly stderr: (chunk: string | Buffer) => void;
  /** With `--json`, a line before the result; else nothing. */
  emit(event: { readonly type: string; readonly [field: string]: unknown }): void;
  /** Asks for a line. @throws {UsageError} when nobody is there to answer */
  ask(question: string): Promise<string>;
  /** Asks without echo. @throws {UsageError} when nobody is there to answer */
  askSecret(question: string): Promise<string>;
  /** As `askSecret`, once for each question: whoever logs in to the cloud next gets the same answer. */
  askPassword(question: string): Promise<string>;
  /** Gives the terminal to another program and returns its exit status. */
  hand(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number>;
}

/** What a command found out, for people and for programs. */
export interface CommandResult {
  /** For people: printed on standard output. */
  readonly text?: string;
  /** For programs: the last line with `--json`. */
  readonly json: unknown;
  /** @default 0 */
  readonly exitCode?: number;
}

/** Runs a command's body with a session made from its options, and sees to the answer. */
export type Run = (command: Command, body: (session: Session) => Promise<CommandResult>) => Promise<void>;

export interface GlobalOptions {
  readonly json?: boolean;
  readonly dir?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Of the commands that have it. */
  readonly detailedExitcode?: boolean;
}
