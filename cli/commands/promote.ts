import { Command } from 'commander';
import { confirmWith } from '../confirm';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addGlobalOptions,
  addTimeoutOptions,
  type CloudOptions,
  examples,
  type TimeoutOptions,
  timeoutsOf,
} from '../options';
import { describePromotion } from '../reports/promote-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface PromoteOptions extends CloudOptions, TimeoutOptions {
  readonly lost?: boolean;
  readonly yes?: boolean;
}

export function promoteCommand(run: Run): Command {
  const command = new Command('promote')
    .summary('let another region take the writes: planned, or because the one that did is lost')
    .description(
      'Of a cluster whose database replicates between regions: lets the region named take the writes. Where the one that did ' +
        'answers, it hands over, and nothing is lost. Where it does not, it is told how far the survivor has come; what only ' +
        'the lost region has is given up, which needs --lost, or a yes on a terminal. The environment is changed in its file, ' +
        'and all nodes that answer are configured. A run that was cut off is finished by the next one.',
    )
    .argument('<environment>')
    .argument('<region>', 'e.g. eu-central')
    .option('--lost', 'the region that took the writes does not answer, and what only it has is given up')
    .option('-y, --yes', "don't ask whether to hand over")
    .addHelpText(
      'after',
      examples(
        ['firesteel promote dev eu-central', 'planned: the other one hands over'],
        ['firesteel promote dev eu-central --lost', 'the other one is lost'],
      ),
    )
    .action((name: string, region: string, options: PromoteOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { promote } = await import('../../lifecycle/promote');
          const result = await promote(workspace, name, {
            region,
            lost: options.lost ?? false,
            timeouts: timeoutsOf(options),
            ...confirmWith(session, options.yes),
          });
          const exitCode = result.configured.failed > 0 ? EXIT.failure : EXIT.ok;
          return { json: result, text: describePromotion(result), exitCode };
        }),
      ),
    );
  return addGlobalOptions(addTimeoutOptions(addCloudOptions(command)));
}
