import { Command } from 'commander';
import { addGlobalOptions } from '../../cli/options';
import { runCommand } from '../../cli/run';
import type { CommandResult, Session } from '../../cli/session';
import { InterruptedError, RefusedError, TerraformError, UsageError } from '../../lifecycle/errors';
import { PlanError } from '../../plan/plan-error';
import { recordedConsole } from './_console';

async function run(
  args: readonly string[],
  body: (session: Session) => Promise<CommandResult>,
  console = recordedConsole(),
) {
  const command = addGlobalOptions(new Command('do'));
  command.parse([...args], { from: 'user' });
  const exitCode = await runCommand(console, command, body);
  return { exitCode, out: console.out(), err: console.err() };
}

const failing = (error: Error) => async (): Promise<CommandResult> => {
  throw error;
};

describe('running a command', () => {
  test('the result goes to standard output, progress to standard error', async () => {
    const result = await run([], async ({ onProgress }) => {
      onProgress({ subject: 'dev', phase: 'plan', state: 'done', text: '3 to create', seconds: 1.23 });
      return { text: 'done', json: { a: 1 } };
    });
    expect(result).toEqual({ exitCode: 0, out: 'done\n', err: 'dev: plan: 3 to create, done (1.2 s)\n' });
  });

  test('--json: every line is JSON and the last one is the result', async () => {
    const { out, err } = await run(['--json'], async ({ onProgress, stdout }) => {
      onProgress({ subject: 'worker-1', phase: 'connect', state: 'start' });
      stdout('output of a job\n');
      return { text: 'for people', json: { changed: 0, failed: 0, nodes: [] } };
    });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      { type: 'progress', subject: 'worker-1', phase: 'connect', state: 'start' },
      { changed: 0, failed: 0, nodes: [] },
    ]);
    expect(err).toBe('output of a job\n');
  });

  test('--quiet keeps warnings', async () => {
    const { err } = await run(['--quiet'], async ({ onProgress }) => {
      onProgress({ subject: 'dev', phase: 'apply', state: 'done' });
      onProgress({ subject: 'dev', phase: 'plan', state: 'warn', text: 'everybody can try' });
      return { json: null };
    });
    expect(err).toBe('dev: warning: everybody can try\n');
  });

  test.each([
    [new Error('broken'), 1],
    [new TerraformError('no', 'dev'), 1],
    [new PlanError([{ path: 'a', message: 'b' }]), 2],
    [new UsageError('no such environment'), 2],
    [new RefusedError('would destroy', ['server a']), 3],
    [new InterruptedError(), 130],
    [Object.assign(new Error('which cloud?'), { name: 'CloudError', kind: 'unknownCloud' }), 2],
    [Object.assign(new Error('no answer'), { name: 'CloudError', kind: 'unreachable' }), 1],
  ])('%s ends with status %i and the message alone', async (error, exitCode) => {
    const result = await run([], failing(error));
    expect(result.exitCode).toBe(exitCode);
    expect(result.err).toContain(error.message);
    expect(result.err).not.toContain('    at ');
    expect(result.out).toBe('');
  });

  test('with --json a failure is the last line too', async () => {
    const { out, exitCode } = await run(['--json'], failing(new RefusedError('would destroy')));
    expect(JSON.parse(out)).toEqual({ error: 'would destroy', exitCode: 3 });
    expect(exitCode).toBe(3);
  });

  test('with --json what an error leaves behind tells nothing below its outcome', async () => {
    const console = recordedConsole();
    let left: Session | undefined;
    await run(
      ['--json'],
      async (session) => {
        left = session;
        throw new UsageError('unknown cloud');
      },
      console,
    );
    left?.onProgress({ subject: 'provider', phase: 'build', state: 'start' });

    expect(JSON.parse(console.out())).toEqual({ error: 'unknown cloud', exitCode: 2 });
  });

  test.each([
    ['/nonexistent/firesteel', '--dir /nonexistent/firesteel: there is no such folder'],
    [__filename, `--dir ${__filename} is no folder`],
  ])('refuses --dir %s', async (dir, message) => {
    const body = jest.fn();

    expect(await run(['--dir', dir], body)).toMatchObject({ exitCode: 2, err: `error: ${message}\n` });
    expect(body).not.toHaveBeenCalled();
  });

  test('whatever fails after Ctrl-C is an interruption', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(
      (await run([], failing(new Error('socket closed')), recordedConsole({ signal: abort.signal }))).exitCode,
    ).toBe(130);
  });

  test('an aborted question or wait reads as an interruption', async () => {
    const { err, exitCode } = await run([], failing(new DOMException('This operation was aborted', 'AbortError')));
    expect(err).toBe('interrupted\n');
    expect(exitCode).toBe(130);
  });

  test('FIRESTEEL_DEBUG=1 shows the stack', async () => {
    expect(
      (await run([], failing(new Error('broken')), recordedConsole({ env: { FIRESTEEL_DEBUG: '1' } }))).err,
    ).toContain('    at ');
  });

  test('every failure of many is told', async () => {
    const { err } = await run(
      [],
      failing(new AggregateError([new Error('worker-0 is gone'), new Error('worker-1 is gone')])),
    );
    expect(err).toMatch(/worker-0 is gone\nworker-1 is gone/);
  });

  test('refuses to ask where nobody can answer', async () => {
    const { exitCode, err } = await run([], async ({ ask }) => ({ json: await ask('Name?') }));
    expect(exitCode).toBe(2);
    expect(err).toContain('no terminal to answer "Name?"');
  });

  test('the end of a log that an error carries is told', async () => {
    const error = Object.assign(new Error('nova-api: does not get ready'), { details: ['line 1', 'line 2'] });
    expect((await run([], failing(error))).err).toBe('error: nova-api: does not get ready\n  | line 1\n  | line 2\n');
  });

  test('asks where somebody can', async () => {
    const console = recordedConsole({ interactive: true, ask: async (question, secret) => `${question} ${secret}` });
    const { out } = await run(
      [],
      async ({ askSecret }) => ({ json: null, text: await askSecret('Password:') }),
      console,
    );
    expect(out).toBe('Password: true\n');
  });
});
