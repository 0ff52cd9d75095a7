import { Command } from 'commander';
import { aborted } from '../aborted';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface OpenOptions extends CloudOptions {
  readonly on?: string;
}

export function openCommand(run: Run): Command {
  const command = new Command('open')
    .summary('show web pages of a cluster in the browser')
    .description(
      'Opens web pages of the masters, or of a node, over SSH, shows them in the browser ($BROWSER, else that of the desktop), ' +
        'and stays until Ctrl-C. Where there is no browser, it tells the addresses alone.',
    )
    .argument('<environment>')
    .argument('[page]', 'e.g. master, history or worker (default: all of the masters or the node)')
    .option('--on <node>', 'default: every master that answers, or the first node that has the page')
    .addHelpText(
      'after',
      examples(
        ['firesteel open dev', "the master's and the history server's pages"],
        ['firesteel open dev history', ''],
        ['firesteel open dev worker --on worker-1', ''],
      ),
    )
    .action((environment: string, page: string | undefined, options: OpenOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const [{ openWebPages }, { showInBrowser }] = await Promise.all([
            import('../../lifecycle/open'),
            import('../browser'),
          ]);
          const { on } = options;
          const request = { ...(page !== undefined && { page }), ...(on !== undefined && { on }) };
          const open = await openWebPages(workspace, environment, request);
          try {
            const { wanted } = open;
            session.emit({ type: 'open', pages: wanted });
            if (!session.json)
              session.stdout(wanted.map((each) => `${each.url}  ${each.page} on ${each.node}\n`).join(''));
            let shown = true;
            for (const { url } of wanted) shown = shown && (await showInBrowser(url, session.env));
            if (!shown)
              session.stderr('no browser could be started here ($BROWSER names one): open the address yourself\n');
            if (!session.json) session.stdout('Ctrl-C closes.\n');
            await aborted(session.signal);
            return { json: { pages: wanted } };
          } finally {
            await open.close();
          }
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
