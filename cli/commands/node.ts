import { Command } from 'commander';
import { confirmWith } from '../confirm';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addDrainOption,
  addGlobalOptions,
  type CloudOptions,
  type DrainOptions,
  drainOf,
  examples,
  wholeNumber,
} from '../options';
import { describeReplace } from '../reports/replace-report';
import { describeScale } from '../reports/scale-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';
import { createNodeCommand, deleteLoneNode } from './lone-node';

interface DeleteOptions extends CloudOptions, DrainOptions {
  readonly allowUnreachable?: boolean;
  readonly yes?: boolean;
}

export function nodeCommand(run: Run): Command {
  const command = new Command('node')
    .summary('single nodes: create; delete, replace those of a cluster')
    .description('Single nodes, of a cluster or on their own.')
    .addHelpText(
      'after',
      examples(
        ['firesteel node create RegionOne m1.small debian-12', 'on its own, closed but for SSH with your key'],
        ['firesteel node delete dev worker-2', 'drained first'],
        ['firesteel node replace dev --outdated', 'a new image, node by node'],
      ),
    );
  return addGlobalOptions(command)
    .addCommand(createNodeCommand(run))
    .addCommand(deleteCommand(run))
    .addCommand(replaceCommand(run));
}

function deleteCommand(run: Run): Command {
  const command = new Command('delete')
    .summary('take nodes out of a cluster, drained first; or destroy one that was made on its own')
    .description(
      'Lets the work of the nodes finish or move, stops them, takes them out of the environment and destroys their servers. ' +
        'With one name alone, that of a node which "node create" made, destroys it with all that was made for it. On a ' +
        'terminal it asks first.',
    )
    .argument('<environment>', "environment, or a lone node's name")
    .argument('[node...]', 'e.g. worker-2')
    .option('--allow-unreachable', 'one that can no longer be reached counts as empty')
    .option('-y, --yes', "don't ask")
    .addHelpText(
      'after',
      examples(
        ['firesteel node delete dev worker-2', ''],
        ['firesteel node delete dev worker-2 --allow-unreachable', 'its server is lost'],
        ['firesteel node delete lab', 'made by "firesteel node create … --name lab"'],
      ),
    )
    .action((name: string, nodes: string[], options: DeleteOptions, self: Command) =>
      run(self, async (session) => {
        if (nodes.length === 0) return deleteLoneNode(session, name, options);
        return withWorkspace(session, options, async (workspace) => {
          const { scale } = await import('../../lifecycle/scale');
          const result = await scale(workspace, name, {
            remove: nodes,
            allowUnreachable: options.allowUnreachable ?? false,
            ...drainOf(options),
            ...confirmWith(session, options.yes),
          });
          return { json: result, text: describeScale(result) };
        });
      }),
    );
  return addGlobalOptions(addDrainOption(addCloudOptions(command)));
}

interface ReplaceOptions extends DeleteOptions {
  readonly outdated?: boolean;
  readonly batch?: number;
}

function replaceCommand(run: Run): Command {
  const command = new Command('replace')
    .summary('give nodes new servers, batch by batch: a new image, or a server that is lost')
    .description(
      'Replaces the servers of nodes by new ones from the image that the environment names by now: emptied of work first, ' +
        'then replaced, configured and healthy before the next batch. Names, addresses and volumes stay; what else was on the ' +
        'disks is lost. Groups that others start after go one node at a time. On a terminal it asks first.',
    )
    .argument('<environment>')
    .argument('[node...]', 'e.g. worker-2')
    .option('--outdated', 'all nodes that were made from another image than the newest of the name in the file')
    .option('--batch <count>', 'nodes of a group at a time (default: 1)', wholeNumber(1))
    .option('--allow-unreachable', 'one that can no longer be reached counts as empty')
    .option('-y, --yes', "don't ask")
    .addHelpText(
      'after',
      examples(
        ['firesteel node replace dev --outdated', 'a new image, node by node'],
        ['firesteel node replace dev --outdated --batch 5', 'faster, with less of the cluster left meanwhile'],
        ['firesteel node replace dev worker-2 --allow-unreachable', 'its server is lost'],
      ),
    )
    .action((name: string, nodes: string[], options: ReplaceOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const [{ replaceNodes }, { UsageError }] = await Promise.all([
            import('../../lifecycle/replace'),
            import('../../lifecycle/errors'),
          ]);
          if (nodes.length > 0 === (options.outdated ?? false))
            throw new UsageError('which nodes: name them, or say --outdated');
          const result = await replaceNodes(workspace, name, {
            ...(nodes.length > 0 && { nodes }),
            ...(options.batch !== undefined && { batch: options.batch }),
            allowUnreachable: options.allowUnreachable ?? false,
            ...drainOf(options),
            ...confirmWith(session, options.yes),
          });
          return { json: result, text: describeReplace(result), exitCode: result.failed ? EXIT.failure : EXIT.ok };
        }),
      ),
    );
  return addGlobalOptions(addDrainOption(addCloudOptions(command)));
}
