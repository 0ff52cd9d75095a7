import { Command, CommanderError } from 'commander';
import { cleanCommand } from './commands/clean';
import { cloudCommand } from './commands/cloud';
import { clusterCommand } from './commands/cluster';
import { configureCommand } from './commands/configure';
import { copyCommand } from './commands/copy';
import { downCommand } from './commands/down';
import { envCommand } from './commands/env';
import { eventsCommand } from './commands/events';
import { graphCommand } from './commands/graph';
import { imageCommand } from './commands/image';
import { initCommand } from './commands/init';
import { logsCommand } from './commands/logs';
import { nodeCommand } from './commands/node';
import { openCommand } from './commands/open';
import { planCommand } from './commands/plan';
import { restartCommand, startCommand, stopCommand } from './commands/power';
import { promoteCommand } from './commands/promote';
import { provisionCommand } from './commands/provision';
import { quickstartCommand } from './commands/quickstart';
import { runOnNodesCommand } from './commands/run';
import { sandboxCommand } from './commands/sandbox';
import { scaleCommand } from './commands/scale';
import { secretCommand } from './commands/secret';
import { sshCommand } from './commands/ssh';
import { stateCommand } from './commands/state';
import { statusCommand } from './commands/status';
import { submitCommand } from './commands/submit';
import { templateCommand } from './commands/template';
import { toolsCommand } from './commands/tools';
import { tunnelCommand } from './commands/tunnel';
import { upCommand } from './commands/up';
import { updateCommand } from './commands/update';
import { validateCommand } from './commands/validate';
import type { Console } from './console';
import { DETAILED_EXIT, EXIT } from './exit-code';
import { separateJobArguments } from './job-arguments';
import { addGlobalOptions, examples } from './options';
import { runCommand } from './run';
import type { Run } from './session';

const MAKERS = [
  quickstartCommand,
  initCommand,
  templateCommand,
  validateCommand,
  upCommand,
  planCommand,
  updateCommand,
  scaleCommand,
  startCommand,
  stopCommand,
  restartCommand,
  promoteCommand,
  nodeCommand,
  imageCommand,
  clusterCommand,
  provisionCommand,
  configureCommand,
  statusCommand,
  submitCommand,
  sshCommand,
  tunnelCommand,
  secretCommand,
  openCommand,
  runOnNodesCommand,
  copyCommand,
  logsCommand,
  eventsCommand,
  graphCommand,
  downCommand,
  cleanCommand,
  envCommand,
  stateCommand,
  cloudCommand,
  sandboxCommand,
  toolsCommand,
];

const EXIT_HELP = `
Exit status:
  0    done; with status: all is well
  1    something failed
  2    a wrong call, or a plan that can't be
  3    refused, because it would destroy something, or was not reviewed
  4    the reviewed plan no longer fits what is there
  130  interrupted
  submit and ssh end with the job's or the command's own exit status.

FIRESTEEL_DEBUG=1 shows where in the program an error comes from.`;

/** Runs the command line and returns the exit status. */
export async function runProgram(console: Console, args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const run: Run = async (command, body) => {
    exitCode = await runCommand(console, command, body);
  };
  const program = makeProgram(console, run);
  const separated = separateJobArguments(program, args);
  try {
    await program.parseAsync(separated, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    const exitCode = says(separated, '--detailed-exitcode') ? DETAILED_EXIT.failure : EXIT.usage;
    if (says(separated, '--json')) console.stdout(`${JSON.stringify({ error: wrongCall(error), exitCode })}\n`);
    return exitCode;
  }
}

/** Read from the words themselves: commander has given up before it knew its options. */
function says(args: readonly string[], option: string): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes(option);
}

function wrongCall({ code, message }: CommanderError): string {
  return code === 'commander.help' ? 'a command is missing: --help lists them' : message.replace(/^error: /, '');
}

export function makeProgram(console: Console, run: Run): Command {
  const program = new Command('firesteel')
    .description('Clusters on OpenStack, Apache Spark first: create, configure, use, destroy.')
    .version(version(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows how it is called)')
    .addHelpText(
      'after',
      examples(
        ['firesteel init', 'write environments/common.yaml and dev.yaml from what the cloud has'],
        ['firesteel up dev', 'create and configure the cluster of environments/dev.yaml'],
        ['firesteel submit dev job.py', 'run a Spark job on it'],
        ['firesteel plan dev --to destroy', 'review what "firesteel down dev" then destroys'],
      ) + EXIT_HELP,
    );
  addGlobalOptions(program);
  for (const make of MAKERS) program.addCommand(make(run));
  prepare(program, console);
  return program;
}

/** Settings that commander's subcommands don't take over from their parent when they are made apart from it. */
function prepare(command: Command, console: Console): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => console.stdout(text),
    writeErr: (text) => console.stderr(text),
    getOutHelpWidth: () => console.size().columns,
    getErrHelpWidth: () => console.size().columns,
  });
  for (const child of command.commands) {
    child.showHelpAfterError('(--help shows how it is called)');
    prepare(child, console);
  }
}

function version(): string {
  // Compiled, this file lies in dist/cli, one folder deeper.
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const found = require(path) as { name?: string; version: string };
      if (found.name === 'firesteel') return found.version;
    } catch {
      // The other place, then.
    }
  }
  return 'unknown';
}
