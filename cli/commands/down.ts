import { Command } from 'commander';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function downCommand(run: Run): Command {
  const command = new Command('down')
    .summary('destroy an environment, after a review: its servers, disks, addresses')
    .description(
      'Carries out the plan that "firesteel plan ENVIRONMENT --to destroy" has saved: destroys everything that the environment ' +
        'has in the cloud, and forgets its secrets and host keys. Without such a plan it refuses, and nothing gets around that. ' +
        'One that was cut off is finished by the next run. The common environment goes last.',
    )
    .argument('<environment>')
    .addHelpText(
      'after',
      examples(['firesteel plan dev --to destroy', 'look at it ...'], ['firesteel down dev', '... then destroy that']),
    )
    .action((name: string, options: CloudOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { down } = await import('../../lifecycle/down');
          const result = await down(workspace, name);
          const text =
            result.destroyed > 0
              ? `${name} is destroyed (${result.destroyed} resources)`
              : `${name} was not deployed; nothing to destroy`;
          return {
            json: result,
            text: [text, ...result.leftovers.map((left) => `left behind, not ours by the state: ${left}`)].join('\n'),
          };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
