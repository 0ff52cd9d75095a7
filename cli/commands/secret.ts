import { Command } from 'commander';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { table } from '../table';
import { openWorkspace } from '../workspace';

export function secretCommand(run: Run): Command {
  const command = new Command('secret')
    .summary('passwords and tokens of a cluster: list, show')
    .description(
      'Secrets that Firesteel has made for a cluster. They stand in no plan, state or log; this machine keeps them in a file ' +
        'that only you can read.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel secret list dev', ''],
        ['firesteel secret show dev jupyter.token', 'for the page of JupyterLab'],
      ),
    );
  return addGlobalOptions(command).addCommand(listCommand(run)).addCommand(showCommand(run));
}

function listCommand(run: Run): Command {
  const command = new Command('list')
    .summary('which there are, and what they open')
    .description('Lists the secrets of a cluster by their names; it shows none of them.')
    .argument('<environment>')
    .addHelpText('after', examples(['firesteel secret list dev', '']))
    .action((environment: string, _options: object, self: Command) =>
      run(self, async (session) => {
        const { listSecrets } = await import('../../lifecycle/cluster-secrets');
        const secrets = await listSecrets(await openWorkspace(session), environment);
        const rows = secrets.map(({ name, roles, opens, kept }) => [
          name,
          roles.join(', '),
          opens ?? 'for programs',
          kept ? 'yes' : 'no',
        ]);
        const text = rows.length > 0 ? table(['SECRET', 'ROLES', 'OPENS', 'KEPT HERE'], rows) : 'there are none';
        return { json: { environment, secrets }, text };
      }),
    );
  return addGlobalOptions(command);
}

function showCommand(run: Run): Command {
  const command = new Command('show')
    .summary('one secret, in clear')
    .description('Prints a secret, and nothing else, to standard output.')
    .argument('<environment>')
    .argument('<name>', 'e.g. jupyter.token')
    .addHelpText('after', examples(['firesteel secret show dev jupyter.token', '']))
    .action((environment: string, name: string, _options: object, self: Command) =>
      run(self, async (session) => {
        const { revealSecret } = await import('../../lifecycle/cluster-secrets');
        const secret = await revealSecret(await openWorkspace(session), environment, name);
        return { json: { environment, name, secret }, text: secret };
      }),
    );
  return addGlobalOptions(command);
}
