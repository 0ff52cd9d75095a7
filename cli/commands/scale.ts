import { Command, InvalidArgumentError } from 'commander';
import { confirmWith } from '../confirm';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addDrainOption,
  addGlobalOptions,
  addTimeoutOptions,
  type CloudOptions,
  collect,
  type DrainOptions,
  drainOf,
  examples,
  type TimeoutOptions,
  timeoutsOf,
} from '../options';
import { describeScale } from '../reports/scale-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface ScaleOptions extends CloudOptions, TimeoutOptions, DrainOptions {
  readonly remove?: readonly string[];
  readonly allowUnreachable?: boolean;
  readonly yes?: boolean;
}

export function scaleCommand(run: Run): Command {
  const command = new Command('scale')
    .summary('more nodes, or fewer: drained first, and no work is lost')
    .description(
      'Changes the number of nodes. New ones are made and configured, and the others are not touched. Where there are to be ' +
        'fewer, idle ones go first, or those that --remove names: their running tasks finish, shuffle and cached blocks move, ' +
        "then they are stopped, taken out of the environment's file and register, and destroyed. Names stay, numbers are never " +
        'used again. On a terminal it asks before it destroys.',
    )
    .argument('<environment>')
    .argument('<sizes...>', 'e.g. workers=5', size)
    .option('--remove <node>', 'this one goes; may be given several times', collect)
    .option('--allow-unreachable', 'a node that goes and can no longer be reached counts as empty')
    .option('-y, --yes', "don't ask")
    .addHelpText(
      'after',
      examples(
        ['firesteel scale dev workers=5', ''],
        ['firesteel scale dev workers=2 --remove worker-1', 'of three, this one goes'],
        [
          'firesteel scale dev workers=2 --drain-timeout 10m',
          'a task that runs longer stops it, and nothing is removed',
        ],
      ),
    )
    .action((name: string, sizes: Record<string, number>, options: ScaleOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { scale } = await import('../../lifecycle/scale');
          const result = await scale(workspace, name, {
            sizes,
            ...(options.remove && { remove: options.remove }),
            allowUnreachable: options.allowUnreachable ?? false,
            timeouts: timeoutsOf(options),
            ...drainOf(options),
            ...confirmWith(session, options.yes),
          });
          const exitCode = result.configured.failed > 0 ? EXIT.failure : EXIT.ok;
          return { json: result, text: describeScale(result), exitCode };
        }),
      ),
    );
  return addGlobalOptions(addTimeoutOptions(addDrainOption(addCloudOptions(command))));
}

/** `workers=5`, one after the other. */
function size(text: string, earlier: Record<string, number> = {}): Record<string, number> {
  const [, word, count] = /^([A-Za-z][\w-]*)=(\d+)$/.exec(text) ?? [];
  if (word === undefined)
    throw new InvalidArgumentError('It must be a group and its number of nodes, such as workers=5.');
  if (word in earlier) throw new InvalidArgumentError(`${word} is given twice.`);
  return { ...earlier, [word]: Number(count) };
}
