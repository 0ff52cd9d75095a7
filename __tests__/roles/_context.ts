import { Secret } from '../../operations';
import {
  DEFAULT_SPARK_VERSION,
  type NodeContext,
  type NodeInfo,
  ROLES,
  type Settings,
  SPARK_VERSIONS,
  type SparkSettings,
} from '../../roles';

export const SECRET = 'c0ffee-the-secret-of-the-cluster';

/** A cluster of one master and two workers as a role sees it; `changes` are of the settings. */
export function context(
  name = 'master-0',
  nodes: readonly NodeInfo[] = CLUSTER,
  changes: Partial<Omit<Settings, 'spark'>> & { readonly spark?: Partial<SparkSettings> } = {},
): NodeContext {
  return {
    cluster: 'dev',
    settings: settings(changes),
    node: nodes.find((node) => node.name === name)!,
    nodes,
    elsewhere: [],
    nodesWith: (role) => nodes.filter(({ roles }) => roles.includes(role)),
    secret: () => new Secret(SECRET),
    certificateOf: (name) => (nodes.some(({ roles }) => roles.includes(name)) ? certificateOf(name) : undefined),
  };
}

function certificateOf(name: string): string | undefined {
  return ROLES.find((role) => role.name === name)?.certificate?.of(new Secret(SECRET), 'dev');
}

function settings(changes: Parameters<typeof context>[2] = {}): Settings {
  const version = changes.spark?.version ?? DEFAULT_SPARK_VERSION;
  const spark: SparkSettings = {
    version,
    source: { kind: 'pypi', sha256: SPARK_VERSIONS[version]!.sha256 },
    conf: {},
    packages: [],
  };
  return {
    python: { packages: [] },
    apt: { packages: [] },
    ssh: { user: 'debian', authorizedKeys: [] },
    roles: {},
    ...changes,
    spark: { ...spark, ...changes.spark },
  };
}

export function nodeInfo(name: string, changes: Partial<NodeInfo> = {}): NodeInfo {
  const worker = name.startsWith('worker');
  return {
    name,
    hostname: `dev-${name}`,
    address: `10.0.0.${worker ? 20 + Number(name.slice(-1)) : 11 + Number(name.slice(-1))}`,
    group: name.replace(/-\d+$/, ''),
    tags: [],
    roles: worker ? ['node', 'spark-worker'] : ['node', 'bastion', 'spark-master', 'spark-history'],
    vcpus: 1,
    memoryMiB: 1024,
    volumes: [],
    ...changes,
  };
}

export const CLUSTER = [nodeInfo('master-0'), nodeInfo('worker-0'), nodeInfo('worker-1')];

/** Three masters with ZooKeeper beside them, and a worker. */
export const HA_CLUSTER = [
  ...['master-0', 'master-1', 'master-2'].map((name) =>
    nodeInfo(name, { roles: ['node', 'zookeeper', 'spark-master', 'spark-history'] }),
  ),
  nodeInfo('worker-0'),
];

/** Key → value of a file of properties. */
export function parsed(text: Secret): Record<string, string> {
  const lines = text
    .reveal()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}
