import { Command } from 'commander';
import { confirmWith } from '../confirm';
import {
  addCloudOptions,
  addGlobalOptions,
  addTimeoutOptions,
  addTrustOption,
  type CloudOptions,
  examples,
  list,
  type ReachCliOptions,
  reachOf,
  wholeNumber,
} from '../options';
import { describeBuilt, describeImages, describeRemoved, describeUsed } from '../reports/image-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface ImageOptions extends CloudOptions {
  readonly common?: string;
}

export function imageCommand(run: Run): Command {
  const command = new Command('image')
    .summary('images with roles baked into them: build, ls, use, rm')
    .description(
      'Images that have installed what roles install, so that nodes are up sooner and need no package mirror. A plan that says ' +
        '"image: firesteel-spark" gets the newest of that name that fits it.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel image build', 'firesteel-spark: all that a Spark cluster installs'],
        ['firesteel image build --for dev', 'exactly the roles and versions of environments/dev.yaml'],
        ['firesteel image use firesteel-spark dev', 'new servers of dev start from it'],
        ['firesteel image ls', ''],
      ),
    );
  return addGlobalOptions(command)
    .addCommand(buildCommand(run))
    .addCommand(listCommand(run))
    .addCommand(useCommand(run))
    .addCommand(removeCommand(run));
}

interface BuildOptions extends ImageOptions, ReachCliOptions {
  readonly kind?: string;
  readonly roles?: readonly string[];
  readonly for?: string;
  readonly name?: string;
  readonly image?: string;
  readonly flavor?: string;
  readonly through?: string;
  readonly availabilityZone?: string;
}

function buildCommand(run: Run): Command {
  const command = new Command('build')
    .summary('build one in the cloud, with Packer')
    .description(
      'Packer makes a server from a plain image; what the roles install is installed there over SSH, with its host key checked; ' +
        'the server is sealed, and an image made of it. Everything else that was made for it is deleted, also after Ctrl-C; ' +
        'what a killed build has left, by the next one. Several may run at once.',
    )
    .option('--kind <kind>', 'roles of a whole cluster: spark (default) or web')
    .option('--roles <roles>', 'these roles, with commas between them', list)
    .option('--for <environment>', 'roles, versions and settings of this environment')
    .option('--name <name>', 'what it is called; begins with firesteel- (default: firesteel- and what is in it)')
    .option('--image <name>', 'what it is built from (default: the plan’s image, or the newest Debian or Ubuntu)')
    .option('--flavor <name>', 'what it is built on (default: the smallest that does); nodes need as large a disk')
    .option('--common <environment>', 'says cloud, network and who may reach SSH (default: common)')
    .option('--through <environment>', 'no floating IP: SSH goes through the bastion of this environment')
    .option('--availability-zone <zone>', 'of the server (default: the cloud’s choice)')
    .addHelpText(
      'after',
      examples(
        ['firesteel image build', 'firesteel-spark, on the network of environments/common.yaml'],
        ['firesteel image build --roles kafka --name firesteel-kafka', ''],
        ['firesteel image build --for dev --image debian-12', ''],
        ['firesteel image build --through dev', 'by way of the bastion of dev'],
      ),
    )
    .action((options: BuildOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { buildImage } = await import('../../lifecycle/image/build');
          const { for: environment, openrc: _, ...wishes } = options;
          const result = await buildImage(workspace, {
            ...wishes,
            ...(environment !== undefined && { environment }),
            ...reachOf(options),
          });
          return { json: result, text: describeBuilt(result) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(addTrustOption(addTimeoutOptions(command))));
}

function listCommand(run: Run): Command {
  const command = new Command('ls')
    .alias('list')
    .summary('what has been built, what is in it, and which servers were made from it')
    .option('--common <environment>', 'says which cloud (default: common)')
    .addHelpText('after', examples(['firesteel image ls', ''], ['firesteel image ls --json', '']))
    .action((options: ImageOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { listImages } = await import('../../lifecycle/image/list');
          const images = await listImages(workspace, options);
          return { json: images, text: describeImages(images, Date.now()) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}

function useCommand(run: Run): Command {
  const command = new Command('use')
    .summary('let an environment name an image for its new servers')
    .description(
      'Sets "image:" in the environment’s file; comments stay. Servers that are there keep theirs: "firesteel node replace ' +
        'ENVIRONMENT --outdated" gives them the new one, node by node.',
    )
    .argument('<name>', 'of an image')
    .argument('<environment>')
    .addHelpText('after', examples(['firesteel image use firesteel-spark dev', '']))
    .action((name: string, environment: string, options: CloudOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { useImage } = await import('../../lifecycle/image/use');
          const result = await useImage(workspace, name, environment);
          return { json: result, text: describeUsed(result) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}

interface RemoveOptions extends ImageOptions {
  readonly keep?: number;
  readonly force?: boolean;
  readonly yes?: boolean;
}

function removeCommand(run: Run): Command {
  const command = new Command('rm')
    .alias('remove')
    .summary('delete images that were built')
    .description(
      'Deletes images that "firesteel image build" has made, and no others: by name all of that name, or one by its id. Never ' +
        'one that servers were made from, unless --force is said. On a terminal it asks first.',
    )
    .argument('<image...>', 'name or id')
    .option('--keep <count>', 'the newest of each name stay (default: 0)', wholeNumber(0))
    .option('--force', 'also those that servers were made from')
    .option('-y, --yes', "don't ask")
    .option('--common <environment>', 'says which cloud (default: common)')
    .addHelpText(
      'after',
      examples(
        ['firesteel image rm firesteel-spark --keep 2', 'all but the newest two'],
        ['firesteel image rm 6f0c2d1e-…', 'this one'],
      ),
    )
    .action((images: string[], options: RemoveOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { removeImages } = await import('../../lifecycle/image/remove');
          const result = await removeImages(workspace, images, {
            ...(options.keep !== undefined && { keep: options.keep }),
            ...(options.common !== undefined && { common: options.common }),
            force: options.force ?? false,
            ...confirmWith(session, options.yes),
          });
          return { json: result, text: describeRemoved(result) };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
