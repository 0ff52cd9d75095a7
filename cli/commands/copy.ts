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
import { describeCopy } from '../reports/copy-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface CopyOptions extends CloudOptions, SelectionOptions {
  readonly parallel?: number;
}

export function copyCommand(run: Run): Command {
  const command = new Command('copy')
    .summary('copy files and folders to nodes, or from them')
    .description(
      "Copies files and folders, the last path being where they go. A node's path is written worker-0:/path, or :/path for all " +
        'nodes; on the nodes, files are read and written as root. A file gets its name when it is whole and verified; what else ' +
        'is in a folder stays. From several nodes, and from :/path, each gets a folder of its name here. Nodes whose servers are ' +
        'off on purpose are left out.',
    )
    .argument('<environment>')
    .argument('<path...>', 'one or more sources, then the destination')
    .option('--parallel <count>', 'with how many nodes at a time (default: all)', wholeNumber(1))
    .addHelpText(
      'after',
      examples(
        ['firesteel copy dev data.csv conf/ :/srv/', 'to /srv/data.csv and /srv/conf on all nodes'],
        ['firesteel copy dev --role spark-worker data.csv :/srv/data.csv', 'to the workers'],
        ['firesteel copy dev worker-0:/etc/spark/spark-env.sh .', 'from one node'],
        ['firesteel copy dev :/etc/spark nodes', 'from all nodes, to nodes/master-0/spark and so on'],
      ),
    )
    .action((environment: string, paths: string[], options: CopyOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { copy } = await import('../../lifecycle/copy');
          const result = await copy(workspace, environment, {
            from: paths.slice(0, -1),
            to: paths.at(-1) ?? '',
            selection: selectionOf(options),
            cwd: session.cwd,
            ...(options.parallel !== undefined && { parallel: options.parallel }),
          });
          return { json: result, text: describeCopy(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(addSelectionOptions(command)));
}
