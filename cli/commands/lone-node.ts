import { Command } from 'commander';
import { inFolder } from '../cluster-options';
import { EXIT } from '../exit-code';
import { type InitCommandOptions, initOptions } from '../init-options';
import { addSurroundingsOptions, deleteKept } from '../kept-project';
import {
  addCloudOptions,
  addGlobalOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  examples,
  openrcPath,
  type ReachCliOptions,
  reachOf,
} from '../options';
import type { CommandResult, Run, Session } from '../session';
import { withWorkspace } from '../workspace';

interface CreateOptions extends Omit<InitCommandOptions, 'flavor' | 'image' | 'workers'>, ReachCliOptions {
  readonly name: string;
  readonly keyFromAccount?: boolean;
}

/** `firesteel node create`. */
export function createNodeCommand(run: Run): Command {
  const command = new Command('create')
    .summary('make a single node that belongs to no cluster')
    .description(
      'Makes one server that is closed but for SSH with your key, hardens it, and prints its address to standard output. ' +
        'Firesteel keeps a project for it, in which all other commands work.',
    )
    .argument('<region>', "the cloud's name for it, e.g. RegionOne")
    .argument('<flavor>')
    .argument('<image>')
    .option('--name <name>', 'of the node; its host name is <name>-node-0', 'lone')
    .addHelpText(
      'after',
      examples(
        ['firesteel node create RegionOne m1.small debian-12', ''],
        ['firesteel node create RegionOne m1.small debian-12 --name lab', ''],
        ['firesteel node delete lab', ''],
      ),
    )
    .action((region: string, flavor: string, image: string, options: CreateOptions, self: Command) =>
      run(self, (session) => create(session, { region, flavor, image }, options)),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addCloudOptions(addSurroundingsOptions(command)))));
}

interface Wanted {
  readonly region: string;
  readonly flavor: string;
  readonly image: string;
}

async function create(session: Session, wanted: Wanted, options: CreateOptions): Promise<CommandResult> {
  const [{ ClusterProject }, { createNode, describeNode }] = await Promise.all([
    import('../../lifecycle/cluster-project'),
    import('../../lifecycle/lone-node'),
  ]);
  const project = ClusterProject.named(options.name, session.env);
  const there = inFolder(session, project.dir);
  const { credentials, ...found } = await initOptions(there, { ...options, ...wanted });
  const { onProgress, signal } = session;
  const wishes = { ...found, ...wanted, keyFromAccount: options.keyFromAccount ?? false };
  const undo = await describeNode(project, wishes, { credentials, onProgress, signal });
  const result = await withWorkspace(there, openrcPath(session, options), (workspace) =>
    createNode(workspace, project, undo, reachOf(options)),
  );
  const failed = (result.configured?.failed ?? 0) > 0;
  return { json: result, text: result.address, exitCode: failed ? EXIT.failure : EXIT.ok };
}

/** `firesteel node delete NAME`. */
export async function deleteLoneNode(
  session: Session,
  name: string,
  options: CloudOptions & { readonly yes?: boolean },
): Promise<CommandResult> {
  const [{ ClusterProject }, { isLoneNode }, { UsageError }] = await Promise.all([
    import('../../lifecycle/cluster-project'),
    import('../../lifecycle/lone-node'),
    import('../../lifecycle/errors'),
  ]);
  const project = ClusterProject.named(name, session.env);
  if (!project.exists || !isLoneNode(project)) {
    throw new UsageError(
      `which nodes of ${name}? Name them; a name alone is that of a node which "firesteel node create" made`,
    );
  }
  const { result, told } = await deleteKept(session, project, options);
  return { json: result, text: told, exitCode: result.leftovers.length > 0 ? EXIT.failure : EXIT.ok };
}
