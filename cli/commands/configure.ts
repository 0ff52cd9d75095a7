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
import { describeConfigure } from '../reports/configure-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface ConfigureOptions extends CloudOptions, ReachCliOptions, RollingCliOptions {
  readonly dryRun?: boolean;
}

export function configureCommand(run: Run): Command {
  const command = new Command('configure')
    .summary('install, start and check what runs on a deployed environment')
    .description(
      'Goes to the nodes of a deployed environment over SSH and makes them what the plan says; a second run changes nothing. ' +
        'Works after "firesteel up" and after plain "cdktf deploy" alike.',
    )
    .argument('<environment>')
    .option('--dry-run', 'tell what would be changed, and change nothing')
    .addHelpText(
      'after',
      examples(
        ['firesteel configure dev', 'after "npx cdktf deploy common dev"'],
        ['firesteel configure dev --dry-run', 'what would be changed, node by node'],
      ),
    )
    .action((name: string, options: ConfigureOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { configure } = await import('../../lifecycle/configure');
          const result = await configure(workspace, name, {
            dryRun: options.dryRun ?? false,
            ...reachOf(options),
            ...rollingOf(options),
          });
          return {
            json: result,
            text: describeConfigure(result),
            exitCode: result.failed > 0 ? EXIT.failure : EXIT.ok,
          };
        }),
      ),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addRollingOptions(addCloudOptions(command)))));
}
