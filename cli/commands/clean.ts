import { Command } from 'commander';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function cleanCommand(run: Run): Command {
  const command = new Command('clean')
    .summary('remove reviewed plans and what Terraform has downloaded; changes nothing that is deployed')
    .description(
      'Removes what can be made anew: the saved plans of an environment, and the folder that Terraform runs in. The state, the ' +
        'node register, secrets and host keys stay.',
    )
    .argument('[environment...]', 'default: all of environments/')
    .addHelpText(
      'after',
      examples(
        ['firesteel clean dev', 'its plans too: the next update or down needs a new review'],
        ['firesteel clean', ''],
      ),
    )
    .action((names: string[], options: object, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { clean } = await import('../../lifecycle/clean');
          const wanted = names.length > 0 ? [...new Set(names)] : workspace.environmentNames();
          const results = wanted.map((name) => clean(workspace, workspace.environment(name).name));
          const lines = results.map(({ environment, removed }) =>
            removed.length > 0 ? `${environment}: ${removed.join(', ')} removed` : `${environment}: nothing to remove`,
          );
          return { json: results, text: lines.join('\n') };
        }),
      ),
    );
  return addGlobalOptions(command);
}
