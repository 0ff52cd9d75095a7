import { Command } from 'commander';
import { aborted } from '../aborted';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function tunnelCommand(run: Run): Command {
  const command = new Command('tunnel')
    .summary("open a node's web pages on this machine")
    .description(
      'Opens the web pages of a node, or of every master that answers, on ports of this machine, over SSH, and stays until ' +
        'Ctrl-C.',
    )
    .argument('<environment>')
    .argument('[node]', 'default: every master that answers')
    .addHelpText(
      'after',
      examples(
        ['firesteel tunnel dev', "the master's and the history server's pages"],
        ['firesteel tunnel dev worker-1', ''],
      ),
    )
    .action((environment: string, node: string | undefined, options: CloudOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { openPages } = await import('../../lifecycle/tunnel');
          const open = await openPages(workspace, environment, node);
          try {
            const lines = open.pages.map(({ node: on, page, url }) => `${url}  ${page} on ${on}`);
            session.stdout(
              session.json
                ? `${JSON.stringify({ type: 'open', pages: open.pages })}\n`
                : `${lines.join('\n')}\nCtrl-C closes.\n`,
            );
            await aborted(session.signal);
            return { json: { pages: open.pages } };
          } finally {
            await open.close();
          }
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
