import { relative } from 'node:path';
import { Command } from 'commander';
import { type InitCommandOptions, initOptions } from '../init-options';
import { addCloudOptions, addGlobalOptions, addressRange, examples, wholeNumber } from '../options';
import { describeInit } from '../reports/init-report';
import type { Run } from '../session';

/** The choices that `init` leaves to the user; quickstart has them too. */
export function addInitOptions(command: Command): Command {
  return addCloudOptions(command)
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .option('--flavor <name>', 'of all nodes (default: the smallest with 2 GiB of memory)')
    .option('--image <name>', 'of all nodes (default: the newest public Debian or Ubuntu)')
    .option(
      '--network <name>',
      'external network, or an existing one for the nodes themselves (default: the one external network)',
    )
    .option('--workers <count>', 'Spark workers', wholeNumber(1), 2)
    .option(
      '--access <cidr>',
      'who may reach SSH; may be given several times (default: this machine, on its route to the cloud)',
      addressRange,
    );
}

export function initCommand(run: Run): Command {
  const command = new Command('init')
    .summary('write environments/common.yaml and dev.yaml from what the cloud has')
    .description(
      'Asks the cloud what there is and writes commented environments/common.yaml and dev.yaml. Files that exist stay as they are.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel init', ''],
        ['OS_CLOUD=mycloud firesteel init --flavor m1.large', ''],
        ['firesteel init --openrc openrc.sh', 'asks for the password where the file asks'],
      ),
    )
    .action((options: InitCommandOptions, self: Command) =>
      run(self, async (session) => {
        const { init } = await import('../../lifecycle/init');
        const result = await init(await initOptions(session, options));
        return { json: result, text: describeInit(result, (path) => relative(process.cwd(), path)) };
      }),
    );
  return addGlobalOptions(addInitOptions(command));
}
