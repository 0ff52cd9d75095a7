import { Command } from 'commander';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function sshCommand(run: Run): Command {
  const command = new Command('ssh')
    .summary('log in to a node, or run a command on it')
    .description(
      'OpenSSH to a node, through the bastion where it has to be, with the host keys that Firesteel has verified.',
    )
    .argument('<environment>')
    .argument('[node]', 'e.g. worker-2 (default: the first master that answers)')
    .argument('[command...]', 'instead of a shell')
    .addHelpText(
      'after',
      examples(
        ['firesteel ssh dev', 'a shell on the master'],
        ['firesteel ssh dev worker-2', ''],
        ['firesteel ssh dev master-0 journalctl -u spark-master -n 50', ''],
      ),
    )
    .action((environment: string, named: string | undefined, words: string[], options: CloudOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { sshCommand: make } = await import('../../lifecycle/ssh');
          const { file, args, node } = await make(workspace, environment, named);
          return { json: { environment, node }, exitCode: await session.hand(file, [...args, ...words]) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
