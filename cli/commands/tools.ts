import { Command } from 'commander';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

export function toolsCommand(run: Run): Command {
  const env = new Command('env')
    .summary('shell lines that tell cdktf where Terraform and the provider are')
    .description(
      'Finds Terraform (or OpenTofu) and the OpenStack provider, gets or builds what is missing, and prints variables for eval, with where the sandbox keeps its clouds.yaml if a plan names that cloud.',
    )
    .addHelpText('after', examples(['eval "$(npx firesteel tools env)"', 'then: npx cdktf deploy dev']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const { shellEnvironment } = await import('../../lifecycle/shell-environment');
        const found = await withWorkspace(session, {}, shellEnvironment);
        const lines = Object.entries(found).map(([name, value]) => `export ${name}=${quote(value)}`);
        return { json: found, text: lines.join('\n') };
      }),
    );
  return addGlobalOptions(
    new Command('tools')
      .summary('Terraform and the provider')
      .addHelpText('after', examples(['eval "$(npx firesteel tools env)"', 'then: npx cdktf deploy dev']))
      .addCommand(addGlobalOptions(env)),
  );
}

function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
