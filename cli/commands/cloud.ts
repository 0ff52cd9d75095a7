import { Command } from 'commander';
import type { OpenStack } from '../../cloud/openstack';
import { chosenCloud } from '../default-cloud';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import type { Run } from '../session';
import { table } from '../table';
import { workspaceOptions } from '../workspace';

interface CloudCommandOptions extends CloudOptions {
  readonly cloud?: string;
}

interface Listing {
  readonly name: string;
  readonly summary: string;
  readonly header: readonly string[];
  read(cloud: OpenStack): Promise<readonly (readonly (string | number | undefined)[])[]>;
}

const LISTINGS: readonly Listing[] = [
  {
    name: 'flavors',
    summary: 'sizes of servers',
    header: ['NAME', 'VCPUS', 'MEMORY MiB', 'DISK GiB'],
    read: async ({ compute }) => {
      const flavors = (await compute.flavors()).filter(({ disabled }) => !disabled);
      return flavors
        .sort((a, b) => a.ramMiB - b.ramMiB || a.vcpus - b.vcpus)
        .map(({ name, vcpus, ramMiB, diskGiB }) => [name, vcpus, ramMiB, diskGiB]);
    },
  },
  {
    name: 'images',
    summary: 'what servers can be made from',
    header: ['NAME', 'STATUS', 'VISIBILITY', 'CREATED', 'LOGIN'],
    read: async ({ image }) => {
      const { defaultUser } = await import('../../cloud/default-user');
      const images = await image.images();
      return images
        .sort(byName)
        .map((each) => [each.name, each.status, each.visibility, each.createdAt.slice(0, 10), defaultUser(each)]);
    },
  },
  {
    name: 'networks',
    summary: 'networks the project can see',
    header: ['NAME', 'EXTERNAL', 'SHARED', 'STATUS', 'SUBNETS'],
    read: async ({ network }) => {
      const [networks, subnets] = await Promise.all([network.networks(), network.subnets()]);
      const of = (id: string) =>
        subnets.filter(({ networkId }) => networkId === id).map(({ name, cidr }) => `${name} ${cidr}`);
      return networks
        .sort(byName)
        .map((each) => [each.name, yes(each.external), yes(each.shared), each.status, of(each.id).join(', ')]);
    },
  },
  {
    name: 'keypairs',
    summary: 'SSH keys that servers can be made with',
    header: ['NAME', 'FINGERPRINT'],
    read: async ({ compute }) =>
      (await compute.keyPairs()).sort(byName).map(({ name, fingerprint }) => [name, fingerprint]),
  },
  {
    name: 'servers',
    summary: "the project's servers",
    header: ['NAME', 'STATUS', 'ADDRESSES', 'CREATED', 'ID'],
    read: async ({ compute }) => {
      const servers = await compute.servers();
      const addresses = (server: (typeof servers)[number]) =>
        Object.values(server.addresses)
          .flat()
          .map(({ address }) => address);
      return servers
        .sort(byName)
        .map((each) => [each.name, each.status, addresses(each).join(', '), each.created, each.id]);
    },
  },
];

export function cloudCommand(run: Run): Command {
  const list = new Command('ls').alias('list').summary('what the cloud has');
  for (const listing of LISTINGS) list.addCommand(listCommand(listing, run));
  list.addHelpText(
    'after',
    examples(['firesteel cloud ls flavors', ''], ['OS_CLOUD=mycloud firesteel cloud ls images', '']),
  );
  return addGlobalOptions(
    new Command('cloud')
      .summary('look at the cloud')
      .addHelpText('after', examples(['firesteel cloud ls flavors', 'sizes of servers']))
      .addCommand(addGlobalOptions(list)),
  );
}

function listCommand(listing: Listing, run: Run): Command {
  const command = new Command(listing.name)
    .summary(listing.summary)
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .addHelpText('after', examples([`firesteel cloud ls ${listing.name}`, '']))
    .action((options: CloudCommandOptions, self: Command) =>
      run(self, async (session) => {
        const [{ resolveCredentials }, { OpenStack }, reach] = await Promise.all([
          import('../../cloud/credentials'),
          import('../../cloud/openstack'),
          workspaceOptions(session, options),
        ]);
        const cloudName = await chosenCloud(session, options);
        const credentials = await resolveCredentials({
          env: session.env,
          cwd: session.dir,
          ...(cloudName !== undefined && { cloud: cloudName }),
          ...(reach.openrc !== undefined && { openrc: reach.openrc }),
          ...(reach.furtherCloudsFiles && { furtherFiles: reach.furtherCloudsFiles }),
          ...(reach.askPassword && { askPassword: reach.askPassword }),
        });
        const cloud = await OpenStack.connect(credentials, { signal: session.signal });
        try {
          const rows = await listing.read(cloud);
          return { json: rows.map((row) => asObject(listing.header, row)), text: table(listing.header, rows) };
        } finally {
          await cloud.close();
        }
      }),
    );
  return addGlobalOptions(addCloudOptions(command));
}

/** `DISK GiB` becomes `diskGiB`. */
function asObject(header: readonly string[], row: readonly (string | number | undefined)[]): Record<string, unknown> {
  const key = (title: string) => {
    const [first, ...units] = title.split(' ');
    return [first!.toLowerCase(), ...units].join('');
  };
  return Object.fromEntries(header.map((title, column) => [key(title), row[column] ?? null]));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name);
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}
