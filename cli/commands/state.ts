import { Command } from 'commander';
import type { MoveStateResult } from '../../lifecycle/move-state';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function stateCommand(run: Run): Command {
  const move = new Command('move')
    .summary("move an environment's state to where its plan says")
    .description(
      'Moves what Terraform knows of an environment from where it was kept to where "state:" of its plan says, with both places locked. Nothing in the cloud changes. A local file is kept beside as *.moved. Refused where another state is there already.',
    )
    .argument('<environment>', 'e.g. dev')
    .addHelpText('after', examples(['firesteel state move dev', 'after "state:" of environments/dev.yaml was changed']))
    .action((name: string, _options: object, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, {}, async (workspace) => {
          const { moveState } = await import('../../lifecycle/move-state');
          const result = await moveState(workspace, name);
          return { json: result, text: describeMove(result) };
        }),
      ),
    );
  return addGlobalOptions(
    new Command('state')
      .summary('where Terraform keeps the states')
      .addHelpText('after', examples(['firesteel state move dev', 'to where its plan says']))
      .addCommand(addGlobalOptions(move)),
  );
}

function describeMove({ environment, moved, from, to, resources }: MoveStateResult): string {
  if (!moved) return `the state of ${environment} is where its plan says already`;
  return `✔ the state of ${environment} (${resources} resources) was moved from ${from} to ${to}`;
}
