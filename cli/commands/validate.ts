import { Command } from 'commander';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import { describeValidation } from '../reports/validate-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface ValidateOptions extends CloudOptions {
  readonly offline?: boolean;
}

export function validateCommand(run: Run): Command {
  const command = new Command('validate')
    .summary('check plans, Terraform JSON, names in the cloud and quota; changes nothing')
    .description('Checks the environments, from the YAML files to the quota of the cloud, before anything is made.')
    .argument('[environment...]', 'default: all of environments/')
    .option('--offline', "don't ask the cloud")
    .addHelpText(
      'after',
      examples(['firesteel validate', 'all environments'], ['firesteel validate dev --offline', 'without a cloud']),
    )
    .action((names: string[], options: ValidateOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { validate } = await import('../../lifecycle/validate');
          const result = await validate(workspace, names, { offline: options.offline ?? false });
          return { json: result, text: describeValidation(result) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
