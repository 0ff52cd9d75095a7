import { type CredentialsOptions, resolveCredentials } from '../cloud/credentials';
import { OpenStack } from '../cloud/openstack';
import { loadEnvironment } from '../plan/load-environments';
import type { ProgressListener } from '../plan/progress';
import { accessFor } from './_access';
import { findNetwork } from './_cluster-network';
import { phase } from './_phase';
import type { ClusterProject, ClusterSettings, Settings } from './cluster-project';
import { UsageError } from './errors';

/** What the user says of a cluster without a file. What is not said stays as it is, or gets its default. */
export interface ClusterWishes {
  /** Entry of clouds.yaml. @default - the `OS_*` variables, or the openrc file */
  readonly cloud?: string;
  /** @default 1 */
  readonly masters?: number;
  /** Workers. */
  readonly slaves?: number;
  /** By master: `new`, `none`, or the address of a floating IP that the project has. @default - `new` for each */
  readonly masterIps?: readonly string[];
  /** Fixed addresses for as many slaves. @default - the subnet gives them */
  readonly slaveIps?: readonly string[];
  /** Of all nodes. */
  readonly flavor?: string;
  /** Of the slaves. @default - `flavor` */
  readonly slaveFlavor?: string;
  readonly image?: string;
  /** Name or id of an existing network. */
  readonly network?: string;
  /** Name or id of its subnet. @default - its only one */
  readonly subnet?: string;
  /** Network that floating IPs come from. @default - where the subnet's router leads */
  readonly external?: string;
  /** Names of existing security groups that all nodes wear besides the cluster's own. @default [] */
  readonly securityGroups?: readonly string[];
  /** Name of an existing key pair. */
  readonly key?: string;
  /** Its private half, as an absolute path. @default - ssh-agent, or the file in ~/.ssh that fits */
  readonly privateKeyFile?: string;
  /** Address ranges that may reach SSH. @default - this machine, on its route to the cloud */
  readonly access?: readonly string[];
  /** @default - the newest that Firesteel is tested with */
  readonly sparkVersion?: string;
}

/** What a cluster is to be, all names found. */
export interface SettledCluster extends ClusterSettings {
  readonly masters: number;
  readonly slaves: number;
  /** Of as many slaves; what they are called is for who knows the nodes. */
  readonly slaveIps?: readonly string[];
}

export interface SettleClusterOptions {
  /** How the cloud is logged in to; what the cluster's file says of it comes first. */
  readonly credentials: CredentialsOptions;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** What can't be guessed, and how it is said on the command line. */
const NEEDED = {
  slaves: '--slaves',
  flavor: '--flavor',
  image: '--image',
  network: '--network',
  key: '--key',
} as const;

/**
 * Finds out what a cluster is to be: what is wished, what its files say already, and what only the cloud knows. Changes
 * nothing.
 * @throws {UsageError} with all that is missing @throws {PlanError} when the files are broken @throws {CloudError}
 */
export async function settleCluster(
  project: ClusterProject,
  wishes: ClusterWishes,
  options: SettleClusterOptions,
): Promise<SettledCluster> {
  const known = project.described;
  if (known) for (const name of [project.common, project.name]) loadEnvironment(project.dir, name);
  refuseIncomplete(project, wishes);
  const cloud = cloudOf(project, wishes);
  const said = (...path: readonly string[]) => project.said('cluster', ...path);
  const masters = wishes.masters ?? numberOr(said('master', 'count'), 1);
  const slaves = wishes.slaves ?? numberOr(said('workers', 'count'), 1);
  const floatingIps = masterIps(project, wishes, masters);
  tooMany('slave-ips', wishes.slaveIps, slaves, 'slaves');
  const found = await askCloud(project, wishes, { ...options, ...(cloud !== undefined && { cloud }) });
  const external = found.external ?? project.said('common', 'network', 'external');
  if (external === undefined && floatingIps?.includes('new')) {
    throw new UsageError(
      'new floating IPs need an external network, and none is known that the network leads to: name it with --external, or say "--master-ips none"',
    );
  }
  return {
    masters,
    slaves,
    ...(wishes.slaveIps && { slaveIps: wishes.slaveIps }),
    common: [
      [['kind'], 'common'],
      ...given(['cloud'], found.cloud),
      ...given(['ssh', 'keyPair'], wishes.key),
      ...privateKey(wishes),
      ...given(['access'], found.access),
      ...given(['network', 'existing'], found.network),
      ...given(['network', 'subnet'], found.subnet),
      ...(found.network === undefined ? [] : ([[['network', 'external'], found.external]] as Settings)),
    ],
    cluster: [
      [['kind'], 'spark'],
      ...given(['cloud'], found.cloud),
      [['common'], project.common],
      ...given(['image'], wishes.image),
      ...given(['securityGroups'], wishes.securityGroups),
      ...given(['master', 'flavor'], wishes.flavor),
      [['master', 'count'], masters],
      ...given(['master', 'floatingIp'], floatingIps),
      ...given(['workers', 'flavor'], wishes.slaveFlavor ?? flavorOfSlaves(project, wishes)),
      [['workers', 'count'], slaves],
      ...(masters > 1 && said('zookeeper') === undefined ? given(['zookeeper', 'onMasters'], true) : []),
      ...given(['spark', 'version'], wishes.sparkVersion),
    ],
  };
}

function refuseIncomplete(project: ClusterProject, wishes: ClusterWishes): void {
  if (project.described) return;
  const missing = Object.entries(NEEDED).filter(([wish]) => wishes[wish as keyof typeof NEEDED] === undefined);
  if (missing.length === 0) return;
  const flags = missing.map(([, flag]) => flag).join(', ');
  throw new UsageError(`there is no cluster "${project.name}" yet; to make it, say also ${flags}`);
}

/** @throws {UsageError} for another cloud than the one that the cluster is in */
function cloudOf(project: ClusterProject, { cloud }: ClusterWishes): string | undefined {
  if (!project.described) return cloud;
  const before = project.said('common', 'cloud') as string | undefined;
  if (cloud === undefined || cloud === before) return before;
  const where = before === undefined ? 'the cloud of the shell' : `cloud "${before}"`;
  throw new UsageError(`cluster "${project.name}" is in ${where}, and can't be moved to "${cloud}"`);
}

/** One for each master; undefined where nothing is to be changed. @throws {UsageError} */
function masterIps(project: ClusterProject, { masterIps: wanted }: ClusterWishes, masters: number) {
  tooMany('master-ips', wanted, masters, masters === 1 ? 'master' : 'masters');
  const before = project.said('cluster', 'master', 'floatingIp') as readonly string[] | undefined;
  const list = wanted ?? before;
  if (Array.isArray(list) || list === undefined) {
    return Array.from({ length: masters }, (_, index) => list?.[index] ?? 'new');
  }
  return undefined;
}

/** @throws {UsageError} */
function tooMany(flag: string, list: readonly string[] | undefined, count: number, what: string): void {
  if (!list || list.length <= count) return;
  throw new UsageError(`--${flag} has ${list.length} addresses for ${count} ${what}: give at most as many`);
}

/** Those of the masters, unless the slaves have been given one of their own. */
function flavorOfSlaves(project: ClusterProject, { flavor }: ClusterWishes): string | undefined {
  const before = project.said('cluster', 'workers', 'flavor');
  return before === project.said('cluster', 'master', 'flavor') ? flavor : undefined;
}

/** Another key's private half is in another file. */
function privateKey({ key, privateKeyFile }: ClusterWishes): Settings {
  return key === undefined && privateKeyFile === undefined ? [] : [[['ssh', 'privateKey'], privateKeyFile]];
}

interface CloudFindings {
  readonly cloud?: string;
  readonly network?: string;
  readonly subnet?: string;
  readonly external?: string;
  readonly access?: readonly string[];
}

/** Only where something is said that the cloud has to be asked about. */
async function askCloud(
  project: ClusterProject,
  wishes: ClusterWishes,
  { cloud: name, credentials: from, onProgress, signal }: SettleClusterOptions & { readonly cloud?: string },
): Promise<CloudFindings> {
  const { access } = wishes;
  const wish = networkWish(project, wishes);
  if (!wish) return { ...(access && { access }) };
  const credentials = await resolveCredentials({ ...from, ...(name !== undefined && { cloud: name }) });
  const cloud = await OpenStack.connect(credentials, { ...(signal && { signal }) });
  const about = { subject: project.name, phase: 'discover', text: 'asking the cloud for the network' };
  try {
    const network = await phase(onProgress, about, () => findNetwork(cloud, wish));
    return {
      ...network,
      // A password that is asked for, or variables, are for the shell to say each time.
      ...(from.openrc === undefined && credentials.cloud !== undefined && { cloud: credentials.cloud }),
      ...(access ? { access } : project.described ? {} : { access: await ownAccess(credentials.authUrl) }),
    };
  } finally {
    await cloud.close();
  }

  async function ownAccess(authUrl: string): Promise<readonly string[]> {
    const { env = process.env } = from;
    const sshConnection = env.SSH_CONNECTION;
    const found = await accessFor(authUrl, { subject: project.name, sshConnection, ...(onProgress && { onProgress }) });
    return found.map(({ range }) => range);
  }
}

/** Undefined where nothing is said of it. */
function networkWish(project: ClusterProject, { network, subnet, external }: ClusterWishes) {
  const said = network ?? subnet ?? external;
  if (said === undefined) return undefined;
  const before = (key: string) => project.said('common', 'network', key) as string | undefined;
  const same = network === undefined || network === before('existing');
  const kept = same
    ? { subnet: subnet ?? before('subnet'), external: external ?? before('external') }
    : { subnet, external };
  return {
    network: network ?? before('existing') ?? '',
    ...(kept.subnet !== undefined && { subnet: kept.subnet }),
    ...(kept.external !== undefined && { external: kept.external }),
  };
}

function given(path: readonly string[], value: unknown): Settings {
  return value === undefined ? [] : [[path, value]];
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
