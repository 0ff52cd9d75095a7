import { Command } from 'commander';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addGlobalOptions,
  addRollingOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  examples,
  type ReachCliOptions,
  type RollingCliOptions,
  reachOf,
  rollingOf,
} from '../options';
import { describeUp } from '../reports/up-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface UpOptions extends CloudOptions, ReachCliOptions, RollingCliOptions {}

export function upCommand(run: Run): Command {
  const command = new Command('up')
    .summary('create and configure environments, and wait until they are healthy')
    .description(
      'Creates or changes what the environments describe, installs and starts what runs there, and waits until it is healthy. ' +
        'The common environment is brought up first where it has to be. Never deletes or replaces a server, a volume or an ' +
        'address: where the plan would, it stops with exit status 3 and names them.',
    )
    .argument('<environment...>', 'names of files in environments/, without .yaml')
    .addHelpText(
      'after',
      examples(
        ['firesteel up dev', 'common first, then dev'],
        ['firesteel up common', 'network, key pair and shared groups only'],
        ['firesteel up dev --timeout-ssh 10m', 'slow images'],
      ),
    )
    .action((names: string[], options: UpOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { up } = await import('../../lifecycle/up');
          const wanted = [...new Set(names)];
          // All of them, before the first is begun.
          workspace.environments(wanted);
          const results = [];
          for (const name of wanted) {
            results.push(
              await up(workspace, name, {
                ...rollingOf(options),
                ...reachOf(options),
              }),
            );
          }
          const failed = results.some(({ configured }) => (configured?.failed ?? 0) > 0);
          return {
            json: results.length === 1 ? results[0] : results,
            text: results.map(describeUp).join('\n'),
            exitCode: failed ? EXIT.failure : EXIT.ok,
          };
        }),
      ),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addRollingOptions(addCloudOptions(command)))));
}
