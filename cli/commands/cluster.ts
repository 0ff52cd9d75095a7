import { Command } from 'commander';
import type { ClusterProject } from '../../lifecycle/cluster-project';
import { addClusterOptions, addNameOption, type ClusterOptions, inFolder, wishesOf } from '../cluster-options';
import { confirmWith } from '../confirm';
import { chosenCloud } from '../default-cloud';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addDrainOption,
  addGlobalOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  type DrainOptions,
  drainOf,
  examples,
  openrcPath,
  type TimeoutOptions,
  timeoutsOf,
} from '../options';
import { describeClusterStart, describeClusterStatus } from '../reports/cluster-report';
import { sandboxCloudsFile } from '../sandbox-clouds';
import type { Run, Session } from '../session';
import { table } from '../table';
import { openWorkspace, withWorkspace } from '../workspace';

interface NamedOptions extends CloudOptions {
  readonly name: string;
}

interface StartOptions extends NamedOptions, ClusterOptions, TimeoutOptions, DrainOptions {
  readonly trustOnFirstUse?: boolean;
  readonly yes?: boolean;
}

interface DeleteOptions extends NamedOptions {
  readonly yes?: boolean;
}

export function clusterCommand(run: Run): Command {
  const command = new Command('cluster')
    .summary('clusters without a file: start, status, delete')
    .description(
      'Spark clusters that are described by options instead of files. Firesteel keeps a project for each, in a folder that ' +
        '"start" tells, and on which all other commands work too.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel cluster start --help', 'how one is made'],
        ['firesteel cluster status --name demo', ''],
        ['firesteel cluster delete --name demo', ''],
      ),
    )
    .addCommand(startClusterCommand(run))
    .addCommand(clusterStatusCommand(run))
    .addCommand(deleteClusterCommand(run))
    .addCommand(listClustersCommand(run));
  return addGlobalOptions(command);
}

function startClusterCommand(run: Run): Command {
  const command = new Command('start')
    .summary('make a cluster, change it, or start it again')
    .description(
      'Makes a Spark cluster on an existing network. Where it exists already, it is changed to what is said, and what is not ' +
        'said stays: more slaves are made, fewer are drained first, other addresses replace no server, and what was stopped ' +
        'is started. One that was cut off is finished by the next run.',
    )
    .option('-y, --yes', "don't ask where nodes or addresses go")
    .addHelpText(
      'after',
      examples(
        [
          'firesteel cluster start --name demo --slaves 2 --flavor m1.medium --network lab --key ada --image debian-12',
          '',
        ],
        ['firesteel cluster start --name demo --slaves 5', 'three more'],
        ['firesteel cluster start --name demo --master-ips 203.0.113.9', 'another address, the same server'],
        ['firesteel cluster start --name demo', 'after "stop", or to finish what was cut off'],
      ),
    )
    .action((options: StartOptions, self: Command) =>
      run(self, async (session) => {
        const [{ ClusterProject }, { settleCluster }, { startCluster }] = await Promise.all([
          import('../../lifecycle/cluster-project'),
          import('../../lifecycle/cluster-wishes'),
          import('../../lifecycle/cluster-start'),
        ]);
        const project = ClusterProject.named(options.name, session.env);
        const there = inFolder(session, project.dir);
        const settled = await settleCluster(project, wishesOf(session, options), await settleOptions(there, options));
        project.open();
        const result = await withWorkspace(there, openrcPath(session, options), (workspace) =>
          startCluster(workspace, project, settled, {
            ...drainOf(options),
            ...toldOrAsked(session, options),
            timeouts: timeoutsOf(options),
            trustOnFirstUse: options.trustOnFirstUse ?? false,
          }),
        );
        const failed = (result.configured?.failed ?? 0) > 0;
        return {
          json: result,
          text: describeClusterStart(result),
          exitCode: failed ? EXIT.failure : EXIT.ok,
        };
      }),
    );
  addClusterOptions(addNameOption(command));
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addDrainOption(addCloudOptions(command)))));
}

function clusterStatusCommand(run: Run): Command {
  const command = new Command('status')
    .summary('what is well and what is wrong, and where the nodes are')
    .description(
      'Tells the addresses of all nodes, and asks every node for the state of its services. Exit status 0 only if all is well.',
    )
    .addHelpText('after', examples(['firesteel cluster status --name demo', '']))
    .action((options: NamedOptions, self: Command) =>
      run(self, (session) =>
        withCluster(session, options, async (workspace, project) => {
          const { statusOfCluster } = await import('../../lifecycle/cluster-status');
          const result = await statusOfCluster(workspace, project);
          return { json: result, text: describeClusterStatus(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(addNameOption(command)));
}

function deleteClusterCommand(run: Run): Command {
  const command = new Command('delete')
    .summary('destroy a cluster, and forget it')
    .description(
      'Says what goes, asks on a terminal, and destroys everything that the cluster has in the cloud; what was there before ' +
        'it (network, key pair, security groups, floating IPs that were given by address) stays. One that was cut off is ' +
        'finished by the next run.',
    )
    .option('-y, --yes', "don't ask")
    .addHelpText('after', examples(['firesteel cluster delete --name demo', '']))
    .action((options: DeleteOptions, self: Command) =>
      run(self, async (session) => {
        const [{ ClusterProject }, { deleteCluster }] = await Promise.all([
          import('../../lifecycle/cluster-project'),
          import('../../lifecycle/cluster-delete'),
        ]);
        if (
          ClusterProject.named(options.name, session.env).finishRemoval() &&
          !isThere(ClusterProject, session, options)
        )
          return { json: { cluster: options.name, destroyed: 0, leftovers: [] }, text: `${options.name} is gone` };
        const result = await withCluster(session, options, (workspace, project) =>
          deleteCluster(workspace, project, toldOrAsked(session, options)),
        );
        const { leftovers, destroyed } = result;
        const lines = [
          `${options.name} is destroyed (${destroyed} resources)`,
          ...leftovers.map((left) => `left behind, not ours by the state: ${left}`),
        ];
        return { json: result, text: lines.join('\n'), exitCode: leftovers.length > 0 ? EXIT.failure : EXIT.ok };
      }),
    );
  return addGlobalOptions(addCloudOptions(addNameOption(command)));
}

function listClustersCommand(run: Run): Command {
  const command = new Command('list')
    .summary('the clusters without a file that this machine knows')
    .description(
      'Lists the clusters that were made by "cluster start" on this machine, from what is remembered of them.',
    )
    .addHelpText('after', examples(['firesteel cluster list', '']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const [{ ClusterProject }, { listEnvironments }] = await Promise.all([
          import('../../lifecycle/cluster-project'),
          import('../../lifecycle/list-environments'),
        ]);
        const clusters = await Promise.all(
          ClusterProject.all(session.env).map(async ({ name, dir }) => {
            const environments = await listEnvironments(await openWorkspace(inFolder(session, dir)));
            const found = environments.find((each) => each.name === name);
            return {
              name,
              folder: dir,
              deployed: found?.deployed ?? 'no',
              ...(found?.cloud && { cloud: found.cloud }),
            };
          }),
        );
        const rows = clusters.map(({ name, cloud, deployed, folder }) => [name, cloud ?? '-', deployed, folder]);
        const text = rows.length > 0 ? table(['CLUSTER', 'CLOUD', 'DEPLOYED', 'FOLDER'], rows) : 'there are none';
        return { json: clusters, text };
      }),
    );
  return addGlobalOptions(command);
}

/** With the project that is kept for a cluster, brought up to date. @throws {UsageError} when there is none of that name */
async function withCluster<T>(
  session: Session,
  options: NamedOptions,
  body: (workspace: Parameters<Parameters<typeof withWorkspace<T>>[2]>[0], project: ClusterProject) => Promise<T>,
): Promise<T> {
  const { ClusterProject } = await import('../../lifecycle/cluster-project');
  const project = ClusterProject.existing(options.name, session.env);
  project.open();
  const there = inFolder(session, project.dir);
  return withWorkspace(there, openrcPath(session, options), (workspace) => body(workspace, project));
}

function isThere(projects: typeof ClusterProject, { env }: Session, { name }: NamedOptions): boolean {
  return projects.named(name, env).exists;
}

async function settleOptions(session: Session, options: StartOptions) {
  const [cloud, cloudsFile] = await Promise.all([chosenCloud(session, options), sandboxCloudsFile(session.env)]);
  return {
    credentials: {
      env: session.env,
      cwd: session.cwd,
      ...(cloudsFile !== undefined && { furtherFiles: [cloudsFile] }),
      ...(cloud !== undefined && { cloud }),
      ...openrcPath(session, options),
      ...(session.interactive && { askPassword: session.askPassword }),
    },
    onProgress: session.onProgress,
    signal: session.signal,
  };
}

/** Where nobody sits who could be asked, what goes is said all the same. */
function toldOrAsked(session: Session, { yes }: { readonly yes?: boolean }) {
  return {
    confirm: async (losses: string) => {
      session.stderr(`${losses}\n`);
      return true;
    },
    ...confirmWith(session, yes),
  };
}
