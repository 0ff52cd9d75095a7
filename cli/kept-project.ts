import type { Command } from 'commander';
import type { DeleteClusterResult } from '../lifecycle/cluster-delete';
import type { ClusterProject } from '../lifecycle/cluster-project';
import { inFolder } from './cluster-options';
import { confirmWith } from './confirm';
import { addressRange, type CloudOptions, openrcPath } from './options';
import type { Session } from './session';
import { withWorkspace } from './workspace';

/** Where a cluster that has no file is to be made, but for what each command asks for itself. */
export function addSurroundingsOptions(command: Command): Command {
  return command
    .option('--key-from-account', 'the first key pair of your account in the cloud opens the nodes')
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .option(
      '--network <name>',
      'external network, or an existing one for the nodes (default: the one external network)',
    )
    .option(
      '--access <cidr>',
      'who may reach SSH; may be given several times (default: this machine, on its route to the cloud)',
      addressRange,
    );
}

/** Destroys what Firesteel keeps a project for, after asking on a terminal. @returns also what to tell people */
export async function deleteKept(
  session: Session,
  project: ClusterProject,
  options: CloudOptions & { readonly yes?: boolean },
): Promise<{ readonly result: DeleteClusterResult; readonly told: string }> {
  const { deleteCluster } = await import('../lifecycle/cluster-delete');
  project.open();
  const result = await withWorkspace(inFolder(session, project.dir), openrcPath(session, options), (workspace) =>
    deleteCluster(workspace, project, confirmWith(session, options.yes)),
  );
  const { cluster, destroyed, leftovers } = result;
  const lines = [
    `${cluster} is destroyed (${destroyed} resources)`,
    ...leftovers.map((left) => `left behind, not ours by the state: ${left}`),
  ];
  return { result, told: lines.join('\n') };
}
