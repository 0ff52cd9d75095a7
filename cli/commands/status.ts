import { Command } from 'commander';
import { EXIT } from '../exit-code';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import { describeStatus } from '../reports/status-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function statusCommand(run: Run): Command {
  const command = new Command('status')
    .summary('what is well and what is wrong, for every node and role')
    .description(
      'Asks every node: the state of its units, and a probe of each service run on the node itself. Exit status 0 only if all is well.',
    )
    .argument('<environment>')
    .addHelpText(
      'after',
      examples(['firesteel status dev', ''], ['firesteel status dev --json | tail -1 | jq .ok', 'in a script']),
    )
    .action((name: string, options: CloudOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { status } = await import('../../lifecycle/status');
          const result = await status(workspace, name);
          return { json: result, text: describeStatus(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
