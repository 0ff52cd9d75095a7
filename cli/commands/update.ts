import { Command } from 'commander';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addGlobalOptions,
  addRollingOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  collect,
  examples,
  type ReachCliOptions,
  type RollingCliOptions,
  reachOf,
  rollingOf,
} from '../options';
import { describeChanges } from '../reports/up-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface UpdateOptions extends CloudOptions, ReachCliOptions, RollingCliOptions {
  readonly lost?: readonly string[];
}

export function updateCommand(run: Run): Command {
  const command = new Command('update')
    .summary('carry out the plan that was reviewed, exactly that one')
    .description(
      'Carries out the plan that "firesteel plan ENVIRONMENT --to update" has saved. Looks at the cloud and at every node again ' +
        'first; what differs from the review stops it with exit status 4 before anything is changed. Without a plan it refuses. ' +
        'One that was cut off is finished by the next run.',
    )
    .argument('<environment>')
    .option(
      '--lost <node>',
      'a node that goes and can no longer be reached: it is not waited for; may be given several times',
      collect,
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel plan dev --to update', 'look at it ...'],
        ['firesteel update dev', '... then do exactly that'],
      ),
    )
    .action((name: string, options: UpdateOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { update } = await import('../../lifecycle/update');
          const result = await update(workspace, name, {
            ...rollingOf(options),
            ...reachOf(options),
            ...(options.lost && { lost: options.lost }),
          });
          const failed = (result.configured?.failed ?? 0) > 0;
          return { json: result, text: describeChanges(result), exitCode: failed ? EXIT.failure : EXIT.ok };
        }),
      ),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addRollingOptions(addCloudOptions(command)))));
}
