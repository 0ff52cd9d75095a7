import { Command } from 'commander';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { table } from '../table';
import { openWorkspace } from '../workspace';

export function envCommand(run: Run): Command {
  const list = new Command('ls')
    .alias('list')
    .summary('the environments of this project, and what of them is deployed')
    .addHelpText('after', examples(['firesteel env ls', '']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const { listEnvironments } = await import('../../lifecycle/list-environments');
        const found = await listEnvironments(await openWorkspace(session));
        const rows = found.map((each) => [
          each.name,
          each.kind,
          each.cloud ?? 'of the shell',
          each.planned,
          each.deployed,
          each.problem ?? '',
        ]);
        const text =
          found.length > 0
            ? table(['NAME', 'KIND', 'CLOUD', 'NODES', 'DEPLOYED', ''], rows)
            : 'no environments yet: "firesteel init" writes them';
        return { json: found, text };
      }),
    );
  return addGlobalOptions(
    new Command('env')
      .summary('environments of this project')
      .addHelpText('after', examples(['firesteel env ls', 'and what of them is deployed']))
      .addCommand(addGlobalOptions(list)),
  );
}
