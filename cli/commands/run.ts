import { Command } from 'commander';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addGlobalOptions,
  addSelectionOptions,
  type CloudOptions,
  examples,
  type SelectionOptions,
  selectionOf,
  wholeNumber,
} from '../options';
import { describeRun } from '../reports/run-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface RunOptions extends CloudOptions, SelectionOptions {
  readonly sudo?: boolean;
  readonly parallel?: number;
}

export function runOnNodesCommand(run: Run): Command {
  const command = new Command('run')
    .summary('run a command on all nodes, or on some')
    .description(
      'Runs a command on the nodes in parallel and shows what they said, those that said the same together. Exit status 0 only ' +
        'if it is 0 on every node; a node that is not reached is a failure, one whose server is off on purpose is left out. ' +
        'Ctrl-C ends the command on the nodes. A single word is a line for the shell; several are the command and its ' +
        'arguments as they are.',
    )
    .argument('<environment>')
    .argument('<command...>', 'after --, so that its options are its own')
    .option('--sudo', 'as root (default: as the login user)')
    .option('--parallel <count>', 'on how many nodes at a time (default: all)', wholeNumber(1))
    .addHelpText(
      'after',
      examples(
        ['firesteel run dev -- uptime', 'on all nodes'],
        ["firesteel run dev --role spark-worker -- 'df -h / | tail -1'", 'a line for the shell'],
        ['firesteel run dev --on worker-0,worker-1 --sudo -- systemctl restart spark-worker', ''],
        ['firesteel run dev --group worker --parallel 1 --sudo -- apt-get -qy upgrade', 'one after the other'],
      ),
    )
    .action((environment: string, words: string[], options: RunOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { run: runOn } = await import('../../lifecycle/run');
          const result = await runOn(workspace, environment, {
            words,
            selection: selectionOf(options),
            sudo: options.sudo ?? false,
            ...(options.parallel !== undefined && { parallel: options.parallel }),
          });
          return { json: result, text: describeRun(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(addSelectionOptions(command)));
}
