import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { separateJobArguments } from '../../cli/job-arguments';
import { makeProgram, runProgram } from '../../cli/program';
import { recordedConsole } from './_console';

async function firesteel(...args: string[]) {
  const console = recordedConsole();
  const exitCode = await runProgram(console, args);
  return { exitCode, out: console.out(), err: console.err() };
}

/** Groups too. */
function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...commandsBelow(child)]);
}

describe('the command line', () => {
  test('--help lists the commands and the exit statuses', async () => {
    const { exitCode, out } = await firesteel('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'quickstart',
      'init',
      'up',
      'plan',
      'update',
      'scale',
      'start',
      'stop',
      'restart',
      'node',
      'clean',
      'configure',
      'status',
      'submit',
      'ssh',
      'tunnel',
      'open',
      'run',
      'copy',
      'logs',
      'events',
      'down',
      'validate',
      'env',
      'cloud',
      'sandbox',
      'tools',
    ]) {
      expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(out).toMatch(/Exit status:[\s\S]*3 +refused/);
  });

  const all = commandsBelow(makeProgram(recordedConsole(), async () => {}));

  test.each(all.map((command) => [path(command)]))(
    '%s has a summary, examples and the global options',
    async (call) => {
      const { exitCode, out } = await firesteel(...call.split(' '), '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain('Examples:');
      for (const option of ['--json', '--dir', '--quiet', '--verbose']) expect(out).toContain(option);
    },
  );

  test('refuses an unknown command, and says what was meant', async () => {
    expect(await firesteel('statsu', 'dev')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/unknown command 'statsu'[\s\S]*Did you mean status/),
    });
  });

  test('refuses a missing argument, an unknown option and a bad value', async () => {
    expect((await firesteel('up')).exitCode).toBe(2);
    expect((await firesteel('status', 'dev', '--josn')).err).toContain('Did you mean --json');
    expect(await firesteel('up', 'dev', '--timeout-ssh', '3x')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('90s, 5m or 1h'),
    });
    expect((await firesteel('sandbox', 'up', '--nodes', '3')).exitCode).toBe(2);
  });

  test.each([
    [['up', '--json'], "missing required argument 'environment'"],
    [['--json', 'statsu'], "unknown command 'statsu'"],
    [['up', 'dev', '--json', '--timeout-ssh', '3x'], '90s, 5m or 1h'],
    [['--json', 'cloud'], 'a command is missing'],
  ])('refuses %j with a line of JSON', async (args, message) => {
    const { exitCode, out } = await firesteel(...args);

    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toEqual({ error: expect.stringContaining(message), exitCode: 2 });
  });

  test.each([
    [['up'], ''],
    [['ssh', '--nosuch', 'dev', 'master-0', 'ls', '--json'], ''],
  ])('refuses %j without JSON where nobody asked for it', async (args, out) => {
    expect(await firesteel(...args)).toMatchObject({ exitCode: 2, out });
  });

  test.each(['init', 'quickstart'])('%s refuses an --access that no plan could have', async (command) => {
    expect(await firesteel(command, '--access', 'foo')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('"foo" is no address range: write it as 203.0.113.0/24'),
    });
    expect(await firesteel(command, '--access', '10.0.0.0/8', '--access', '0.0.0.0/0')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('0.0.0.0/0 is everybody: name the ranges that need access'),
    });
  });

  test("--version is the package's", async () => {
    expect((await firesteel('--version')).out.trim()).toBe(
      (require('../../package.json') as { version: string }).version,
    );
  });

  test('starting it loads neither cdktf nor SSH', () => {
    const script = `
      require('tsx/cjs');
      require('./cli/main.ts');
      const heavy = Object.keys(require.cache).filter((file) => /node_modules\\/(@cdktf|cdktf|constructs|node-ssh|ssh2|undici|zod|yaml)\\//.test(file));
      if (heavy.length > 0) { console.log(heavy.join('\\n')); process.exit(1); }`;
    execFileSync(process.execPath, ['-e', script], { cwd: join(__dirname, '..', '..'), encoding: 'utf8' });
  });
});

function path(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(' ');
}

describe('words that belong to a job', () => {
  const program = makeProgram(recordedConsole(), async () => {});
  const separated = (line: string) => separateJobArguments(program, line.split(' ')).join(' ');

  test.each([
    ['submit dev job.py --verbose', 'submit dev job.py -- --verbose'],
    ['submit dev --on worker-1 job.py -v 3', 'submit dev --on worker-1 job.py -- -v 3'],
    ['--dir p submit --conf=a=b dev -c x=y job.py', '--dir p submit --conf=a=b dev -c x=y job.py --'],
    ['ssh dev worker-1 ls -l --json', 'ssh dev worker-1 -- ls -l --json'],
    ['ssh dev', 'ssh dev'],
    ['run dev --on worker-0 df -h --json', 'run dev --on worker-0 df -- -h --json'],
    ['run dev --on worker-0 -- df -h --json', 'run dev --on worker-0 -- df -h --json'],
    ['ssh --json dev', 'ssh --json dev'],
    ['submit dev job.py -- --x', 'submit dev job.py -- -- --x'],
    ['up dev --json', 'up dev --json'],
  ])('%s', (line, expected) => expect(separated(line)).toBe(expected));
});
