import { OutputTail } from './ssh-output';
import type { Connection } from './transport';

export interface RunCommandOptions {
  /** Run it as root. @default false - as the login user */
  readonly root?: boolean;
  /** Aborting it ends the command and all it started. */
  readonly signal?: AbortSignal;
}

/** What a command said on one node, and how it ended. */
export interface CommandOutcome {
  /** 128 + n where signal n ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes at the beginning that were left out: the last 16 MiB of each output are kept. @default - none */
  readonly omittedBytes?: number;
}

const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a command (POSIX sh) on a node, with nothing on its standard input, and keeps what it says.
 * @throws {ConnectError} when the connection breaks @throws the signal's reason, once the command has ended
 */
export async function runCommand(
  connection: Connection,
  command: string,
  options: RunCommandOptions = {},
): Promise<CommandOutcome> {
  const stdout = new OutputTail(KEPT_BYTES);
  const stderr = new OutputTail(KEPT_BYTES);
  const exitCode = await connection.stream(command, {
    ...options,
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  const omittedBytes = [stdout, stderr].reduce((sum, { total }) => sum + Math.max(0, total - KEPT_BYTES), 0);
  return {
    exitCode,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
    ...(omittedBytes > 0 && { omittedBytes }),
  };
}
