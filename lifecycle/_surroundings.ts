import { type CredentialsOptions, resolveCredentials } from '../cloud/credentials';
import { discover } from '../cloud/discover';
import { OpenStack } from '../cloud/openstack';
import { agentKeys } from '../configure/ssh-agent';
import type { ProgressListener } from '../plan/progress';
import { type AccessEntry, accessFor } from './_access';
import { chooseFor } from './_init-choices';
import { phase } from './_phase';
import { ownPublicKey, ownPublicKeyExists } from './_public-key';
import type { ClusterProject, Settings } from './cluster-project';
import { UsageError } from './errors';

/** What the user says of where a cluster without a file is to be. */
export interface SurroundingsWishes {
  /** Name of the flavor of all nodes. */
  readonly flavor: string;
  /** @default - the newest public Debian or Ubuntu */
  readonly image?: string;
  /** External network, or an existing one for the nodes themselves. @default - the one external network */
  readonly network?: string;
  /** Resolvers of the nodes. @default - the subnet's own */
  readonly nameservers?: readonly string[];
  /** Who may reach SSH. @default - this machine's address on its route to the cloud, and `SSH_CONNECTION`'s client */
  readonly access?: readonly AccessEntry[];
  /** The first key pair of the account in the cloud opens the nodes. @default - a key of ~/.ssh, else of ssh-agent, else a new one */
  readonly keyFromAccount?: boolean;
  /** @default - the cloud's */
  readonly region?: string;
}

export interface AskCloudOptions {
  readonly credentials: CredentialsOptions;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

export interface Surroundings {
  /** Of both files: which cloud, which region. */
  readonly where: Settings;
  readonly common: Settings;
  readonly image: string;
}

/**
 * Finds out what only the cloud knows. Changes nothing in it.
 * @throws {UsageError} with the candidates, where something has to be chosen by a person @throws {CloudError}
 */
export async function findSurroundings(
  { name }: ClusterProject,
  wishes: SurroundingsWishes,
  { credentials: from, onProgress, signal }: AskCloudOptions,
): Promise<Surroundings> {
  const about = { subject: name, phase: 'discover', text: 'asking the cloud what there is' };
  return phase(onProgress, about, async () => {
    const credentials = await resolveCredentials(from);
    for (const text of credentials.warnings) onProgress?.({ subject: name, phase: 'login', state: 'warn', text });
    const cloud = await OpenStack.connect(credentials, { ...(signal && { signal }) });
    try {
      const { image, network } = await chooseFor(cloud, await discover(cloud), wishes);
      const env = from.env ?? process.env;
      const asked = { subject: name, sshConnection: env.SSH_CONNECTION, ...(onProgress && { onProgress }) };
      const access = wishes.access?.length ? wishes.access : await accessFor(credentials.authUrl, asked);
      const cloudName = from.openrc === undefined ? credentials.cloud : undefined;
      const where: Settings = [
        ...(cloudName === undefined ? [] : ([[['cloud'], cloudName]] as Settings)),
        ...(wishes.region === undefined ? [] : ([[['region'], wishes.region]] as Settings)),
      ];
      const common: Settings = [
        [['kind'], 'common'],
        ...where,
        [['ssh'], wishes.keyFromAccount ? { keyPair: await firstKeyPair(cloud) } : { publicKey: await ownKey(env) }],
        [['access'], access.map(({ range }) => range)],
        [['network'], networkSpec(network, wishes)],
      ];
      return { where, common, image };
    } finally {
      await cloud.close();
    }
  });
}

type ChosenNetwork = Awaited<ReturnType<typeof chooseFor>>['network'];

function networkSpec(network: ChosenNetwork, { nameservers = [] }: SurroundingsWishes): object {
  const own =
    network.kind === 'new' ? { external: network.external } : { existing: network.network, subnet: network.subnet };
  return nameservers.length > 0 ? { ...own, nameservers } : own;
}

/** As the cloud lists them. @throws {UsageError} when the account has none */
async function firstKeyPair(cloud: OpenStack): Promise<string> {
  const [first] = await cloud.compute.keyPairs();
  if (first) return first.name;
  throw new UsageError(
    '--key-from-account: the account has no key pair in this cloud; leave the option out to use a key of yours',
  );
}

/** A path, or the line of a key that only ssh-agent has. */
async function ownKey({ SSH_AUTH_SOCK: socket }: NodeJS.ProcessEnv): Promise<string> {
  if (!ownPublicKeyExists() && socket) {
    const [key] = await agentKeys(socket).catch(() => []);
    if (key) return `${key.type} ${key.getPublicSSH().toString('base64')}`;
  }
  return (await ownPublicKey()).path;
}
