import { Command } from 'commander';
import type { StatusResult } from '../../lifecycle/status';
import type { Workspace } from '../../lifecycle/workspace';
import { EXIT } from '../exit-code';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import { describeDrift } from '../reports/drift-report';
import { describeStatus } from '../reports/status-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface StatusCommandOptions extends CloudOptions {
  readonly drift?: boolean;
}

export function statusCommand(run: Run): Command {
  const command = new Command('status')
    .summary('what is well and what is wrong, for every node and role')
    .description(
      'Asks every node: the state of its units, and a probe of each service run on the node itself. Exit status 0 only if all is well. ' +
        'With --drift it says too what was changed by hand in the cloud and on the nodes since they were deployed and ' +
        'configured, changes nothing, and exits with status 1 where there is any. What you have edited in the files of ' +
        'environments/ is no drift, and is told apart.',
    )
    .argument('<environment>')
    .option('--drift', 'what was changed by hand, too; exit status 1 where anything was')
    .addHelpText(
      'after',
      examples(
        ['firesteel status dev', ''],
        ['firesteel status dev --json | tail -1 | jq .ok', 'in a script'],
        ['firesteel status dev --drift', 'ports opened by hand, servers shut off, files edited, services stopped'],
      ),
    )
    .action((name: string, options: StatusCommandOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { status } = await import('../../lifecycle/status');
          const result = await status(workspace, name);
          if (options.drift) return withDrift(workspace, result);
          return { json: result, text: describeStatus(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}

async function withDrift(workspace: Workspace, result: StatusResult) {
  const { findDrift } = await import('../../lifecycle/drift');
  const drift = await findDrift(workspace, result.environment);
  return {
    json: { ...result, drift },
    text: `${describeStatus(result)}\n\n${describeDrift(drift)}`,
    exitCode: result.ok && !drift.drifted ? EXIT.ok : EXIT.failure,
  };
}
