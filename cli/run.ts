import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Console } from './console';
import { DETAILED_EXIT, describeError, EXIT, exitCodeOf } from './exit-code';
import { jsonLines, warningsOnly } from './progress/json-lines';
import { type ProgressDisplay, silentAfterEnd } from './progress/listener';
import { liveLines } from './progress/live-lines';
import { plainLines } from './progress/plain-lines';
import type { CommandResult, GlobalOptions, Session } from './session';

/** Runs one command's body, tells its outcome, and returns the exit status. */
export async function runCommand(
  console: Console,
  command: Command,
  body: (session: Session) => Promise<CommandResult>,
): Promise<number> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const display = silentAfterEnd(displayFor(console, options));
  try {
    const result = await body(makeSession(console, options, display));
    display.end();
    tell(console, options, result);
    return result.exitCode ?? EXIT.ok;
  } catch (error) {
    display.end();
    return tellError(console, options, error);
  }
}

function tell(console: Console, options: GlobalOptions, result: CommandResult): void {
  if (options.json) console.stdout(`${JSON.stringify(result.json)}\n`);
  else if (result.text) console.stdout(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
}

function tellError(console: Console, options: GlobalOptions, error: unknown): number {
  const exitCode = console.signal.aborted ? EXIT.interrupted : failureCode(options, error);
  const message = describeError(error, console.env.FIRESTEEL_DEBUG === '1');
  if (options.json) console.stdout(`${JSON.stringify({ error: message, exitCode })}\n`);
  console.stderr(`${exitCode === EXIT.interrupted ? '' : 'error: '}${message}\n`);
  return exitCode;
}

/** Whoever asks for detailed exit statuses takes 2 for "something would change". */
function failureCode({ detailedExitcode }: GlobalOptions, error: unknown): number {
  const exitCode = exitCodeOf(error);
  return detailedExitcode && exitCode === DETAILED_EXIT.changes ? DETAILED_EXIT.failure : exitCode;
}

function displayFor(console: Console, options: GlobalOptions): ProgressDisplay {
  if (options.json) return jsonLines(console.stdout);
  if (options.quiet) return warningsOnly(console.stderr);
  if (!console.liveProgress || options.verbose)
    return plainLines({ write: console.stderr, verbose: options.verbose ?? false });
  return liveLines({ write: console.stderr, size: console.size, color: console.color });
}

function makeSession(console: Console, options: GlobalOptions, display: ProgressDisplay): Session {
  const interactive = console.interactive && !options.json;
  const question = async (text: string, secret: boolean): Promise<string> => {
    if (!interactive) throw noTerminal(text);
    display.pause();
    return console.ask(text, secret);
  };
  const passwords = new Map<string, Promise<string>>();
  return {
    dir: projectDir(console.cwd, options.dir),
    cwd: console.cwd,
    env: console.env,
    json: options.json ?? false,
    interactive,
    onProgress: display.onProgress,
    signal: console.signal,
    stdout: (chunk) => {
      display.pause();
      (options.json ? console.stderr : console.stdout)(chunk);
    },
    stderr: (chunk) => {
      display.pause();
      console.stderr(chunk);
    },
    emit: (event) => {
      if (options.json) console.stdout(`${JSON.stringify(event)}\n`);
    },
    ask: (text) => question(text, false),
    askSecret: (text) => question(text, true),
    askPassword: (text) => {
      const answer = passwords.get(text) ?? question(text, true);
      passwords.set(text, answer);
      return answer;
    },
    hand: (file, args, env = console.env) => {
      display.pause();
      return console.hand(file, args, env);
    },
  };
}

/** `--dir`, else the nearest folder upwards that is a project, else where we are. */
function projectDir(cwd: string, given: string | undefined): string {
  if (given !== undefined) return existingFolder(resolve(cwd, given));
  for (let dir = cwd; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'cdktf.json'))) return dir;
    if (dirname(dir) === dir) return cwd;
  }
}

function existingFolder(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return path;
  throw usageError(found ? `--dir ${path} is no folder` : `--dir ${path}: there is no such folder`);
}

function noTerminal(question: string): Error {
  return usageError(`there is no terminal to answer "${question.trim()}" at`);
}

function usageError(message: string): Error {
  return Object.assign(new Error(message), { name: 'UsageError' });
}
