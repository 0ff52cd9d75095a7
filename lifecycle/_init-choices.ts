import { closest } from 'fastest-levenshtein';
import type { Flavor } from '../cloud/compute';
import type { Choice, Discovery } from '../cloud/discover';
import type { Image } from '../cloud/image';
import type { CloudNetwork } from '../cloud/network';
import type { OpenStack } from '../cloud/openstack';
import { UsageError } from './errors';

/** What the user has chosen by name. */
export interface InitChoices {
  /** @default - the smallest with 2 GiB of memory */
  readonly flavor?: string;
  /** @default - the newest public Debian or Ubuntu */
  readonly image?: string;
  /** An external network, or an existing one for the nodes themselves. @default - the one external network */
  readonly network?: string;
}

export interface Chosen {
  readonly flavor: string;
  readonly image: string;
  readonly network:
    | { readonly kind: 'new'; readonly external: string }
    | { readonly kind: 'existing'; readonly network: string; readonly subnet: string };
}

/** @throws {UsageError} that lists the candidates of everything that is left open */
export async function chooseFor(cloud: OpenStack, found: Discovery, choices: InitChoices): Promise<Chosen> {
  const open: string[] = [];
  const flavor = pick('flavor', found.flavor, choices.flavor, describeFlavor, open);
  const image = pick('image', found.image, choices.image, describeImage, open);
  const network = await pickNetwork(cloud, found, choices.network, open);
  if (open.length > 0) throw new UsageError(open.join('\n\n'));
  return { flavor: flavor!, image: image!, network: network! };
}

const NONE: Readonly<Record<string, string>> = {
  flavor: 'no flavor has 2 GiB of memory or more',
  image: 'there is no public Debian or Ubuntu image',
  network: 'the cloud shows no external network; name an existing network for the nodes',
};

function pick<T extends { readonly name: string }>(
  what: 'flavor' | 'image' | 'network',
  choice: Choice<T>,
  wanted: string | undefined,
  describe: (item: T) => string,
  open: string[],
): string | undefined {
  if (wanted !== undefined) {
    if (choice.all.some(({ name }) => name === wanted)) return wanted;
    open.push(
      `there is no ${what} "${wanted}"${nearest(wanted, choice.all)}; there are:\n${lines(choice.all, describe)}`,
    );
    return undefined;
  }
  if (choice.chosen) return choice.chosen.name;
  const candidates = choice.candidates.length > 0 ? choice.candidates : choice.all;
  const why = choice.candidates.length > 0 ? `several ${what}s would do` : NONE[what];
  open.push(
    `${why}; choose with --${what} NAME${candidates.length > 0 ? ` one of:\n${lines(candidates, describe)}` : ''}`,
  );
  return undefined;
}

/** An external network is where a new network's router leads; any other is where the nodes themselves are put. */
async function pickNetwork(
  cloud: OpenStack,
  { externalNetwork }: Discovery,
  wanted: string | undefined,
  open: string[],
): Promise<Chosen['network'] | undefined> {
  if (wanted === undefined || externalNetwork.all.some(({ name }) => name === wanted)) {
    const external = pick('network', externalNetwork, wanted, ({ name }) => name, open);
    return external === undefined ? undefined : { kind: 'new', external };
  }
  const networks = await cloud.network.networks();
  const network = networks.find(({ name }) => name === wanted);
  if (!network) {
    open.push(noSuchNetwork(wanted, networks));
    return undefined;
  }
  const subnets = (await cloud.network.subnets()).filter(
    ({ networkId, ipVersion }) => networkId === network.id && ipVersion === 4,
  );
  if (subnets.length === 1) return { kind: 'existing', network: wanted, subnet: subnets[0]!.name };
  open.push(
    `network "${wanted}" has ${subnets.length} IPv4 subnets (${subnets.map(({ name }) => name).join(', ')}): ` +
      'write environments/common.yaml by hand, with "network: {existing: …, subnet: …}"',
  );
  return undefined;
}

/** With the nearest of those that there are, and all of them. */
export function noSuchNetwork(wanted: string, networks: readonly CloudNetwork[]): string {
  return `there is no network "${wanted}"${nearest(wanted, networks)}; there are:\n${lines(networks, describeNetwork)}`;
}

function nearest(wanted: string, all: readonly { readonly name: string }[]): string {
  return all.length === 0
    ? ''
    : ` (the nearest is "${closest(
        wanted,
        all.map(({ name }) => name),
      )}")`;
}

function lines<T>(items: readonly T[], describe: (item: T) => string): string {
  return items.map((item) => `  ${describe(item)}`).join('\n');
}

function describeFlavor({ name, vcpus, ramMiB, diskGiB }: Flavor): string {
  return `${name} (${vcpus} vCPU, ${ramMiB} MiB, ${diskGiB} GiB disk)`;
}

function describeImage({ name, createdAt }: Image): string {
  return `${name} (of ${createdAt.slice(0, 10)})`;
}

function describeNetwork({ name, external }: CloudNetwork): string {
  return `${name}${external ? ' (external)' : ''}`;
}
