import { Command } from 'commander';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface DownOptions extends CloudOptions {
  readonly yes?: boolean;
}

export function downCommand(run: Run): Command {
  const command = new Command('down')
    .summary('destroy an environment: its servers, disks, addresses')
    .description(
      "Destroys everything that the environment has in the cloud, and forgets its secrets and host keys. Asks for the environment's name first. " +
        'Also finishes what an interrupted "up" or "down" left. The common environment goes last.',
    )
    .argument('<environment>')
    .option('-y, --yes', "don't ask")
    .addHelpText(
      'after',
      examples(['firesteel down dev', 'asks for the name, then destroys'], ['firesteel down dev --yes', 'in scripts']),
    )
    .action((name: string, options: DownOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const [{ down }, { UsageError }] = await Promise.all([
            import('../../lifecycle/down'),
            import('../../lifecycle/errors'),
          ]);
          const result = await down(workspace, name, {
            ...(!options.yes && {
              confirm: async (losses: string) => {
                if (!session.interactive)
                  throw new UsageError(`${losses} Say --yes to destroy it without being asked.`);
                const answer = await session.ask(`${losses}\nType the environment's name (${name}) to destroy it:`);
                return answer.trim() === name;
              },
            }),
          });
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
