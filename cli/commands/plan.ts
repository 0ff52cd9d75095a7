import { Command, Option } from 'commander';
import { DETAILED_EXIT, EXIT } from '../exit-code';
import {
  addCloudOptions,
  addGlobalOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  examples,
  type ReachCliOptions,
  reachOf,
} from '../options';
import { describePlan, isEmptyPlan, planMarkdown } from '../reports/plan-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface PlanOptions extends CloudOptions, ReachCliOptions {
  readonly to: 'update' | 'destroy';
  readonly detailedExitcode?: boolean;
  readonly markdown?: boolean;
}

export function planCommand(run: Run): Command {
  const command = new Command('plan')
    .summary('review what would be done, in the cloud and on every node, and save it')
    .description(
      'Finds out which servers, rules and volumes would change, which files, packages and units on which nodes, and what ' +
        'restarts; shows it, and saves it as the plan that "update" or "down" then carries out. Nodes that are still to be ' +
        'made are assumed to be bare. Changes nothing.',
    )
    .argument('<environment>')
    .addOption(new Option('--to <goal>', 'what the plan leads to').choices(['update', 'destroy']).makeOptionMandatory())
    .option('--detailed-exitcode', '0: nothing to do, 1: it failed, 2: there is something to do')
    .option('--markdown', 'the review as Markdown, for a merge request')
    .addHelpText(
      'after',
      examples(
        ['firesteel plan dev --to update', 'then "firesteel update dev"'],
        ['firesteel plan dev --to destroy', 'then "firesteel down dev"'],
        ['firesteel plan dev --to update --markdown > review.md', 'for a merge request'],
        ['firesteel plan dev --to update --detailed-exitcode -q', 'in CI: 2 = something would change'],
      ),
    )
    .action((name: string, options: PlanOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const [{ plan }, { noun }] = await Promise.all([
            import('../../lifecycle/plan'),
            import('../../lifecycle/resource-nouns'),
          ]);
          const saved = await plan(workspace, name, options.to, {
            ...reachOf(options),
          });
          const text = options.markdown ? planMarkdown(saved, noun) : describePlan(saved, noun);
          const changed = options.detailedExitcode && !isEmptyPlan(saved);
          return { json: saved, text, exitCode: changed ? DETAILED_EXIT.changes : EXIT.ok };
        }),
      ),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addCloudOptions(command))));
}
