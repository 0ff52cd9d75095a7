import { Command } from 'commander';
import { inFolder } from '../cluster-options';
import { confirmWith } from '../confirm';
import { EXIT } from '../exit-code';
import { type InitCommandOptions, initOptions } from '../init-options';
import {
  addCloudOptions,
  addGlobalOptions,
  addressRange,
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
    .option('--key-from-account', 'the first key pair of your account in the cloud opens the node')
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .option('--network <name>', 'external network, or an existing one for the node (default: the one external network)')
    .option(
      '--access <cidr>',
      'who may reach SSH; may be given several times (default: this machine, on its route to the cloud)',
      addressRange,
    )
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
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addCloudOptions(command))));
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
  const [{ ClusterProject }, { isLoneNode }, { deleteCluster }, { UsageError }] = await Promise.all([
    import('../../lifecycle/cluster-project'),
    import('../../lifecycle/lone-node'),
    import('../../lifecycle/cluster-delete'),
    import('../../lifecycle/errors'),
  ]);
  const project = ClusterProject.named(name, session.env);
  if (!project.exists || !isLoneNode(project)) {
    throw new UsageError(
      `which nodes of ${name}? Name them; a name alone is that of a node which "firesteel node create" made`,
    );
  }
  project.open();
  const there = inFolder(session, project.dir);
  const result = await withWorkspace(there, openrcPath(session, options), (workspace) =>
    deleteCluster(workspace, project, confirmWith(session, options.yes)),
  );
  const { destroyed, leftovers } = result;
  const lines = [
    `${name} is destroyed (${destroyed} resources)`,
    ...leftovers.map((left) => `left behind, not ours by the state: ${left}`),
  ];
  return { json: result, text: lines.join('\n'), exitCode: leftovers.length > 0 ? EXIT.failure : EXIT.ok };
}
