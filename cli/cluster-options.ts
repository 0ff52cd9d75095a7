import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClusterWishes } from '../lifecycle/cluster-wishes';
import { addressRange, list, wholeNumber } from './options';
import type { Session } from './session';

/** What the user says of a cluster, besides its name. */
export interface ClusterOptions extends Omit<ClusterWishes, 'securityGroups' | 'privateKeyFile'> {
  readonly securityGroup?: readonly string[];
  readonly privateKey?: string;
}

/** Every option by its names of old, which are taken and not shown. */
const FORMER: Readonly<Record<string, keyof ClusterOptions>> = {
  nummasters: 'masters',
  numslaves: 'slaves',
  ipmasters: 'masterIps',
  ipslaves: 'slaveIps',
  security: 'securityGroup',
};

export function addNameOption(command: Command): Command {
  return command.requiredOption('--name <name>', "the cluster's name, which its host names begin with");
}

export function addClusterOptions(command: Command): Command {
  return command
    .option('--masters <count>', 'master nodes; several have a ZooKeeper beside each: 1, 3 or 5 (default: 1)', count)
    .option('--slaves <count>', 'worker nodes', count)
    .option(
      '--master-ips <addresses>',
      'by master, with commas between them: new, none, or a floating IP that the project has (default: new)',
      floatingIps,
    )
    .option(
      '--slave-ips <addresses>',
      'fixed addresses of slaves, with commas between them (default: the subnet gives them)',
      addresses,
    )
    .option('--flavor <name>', 'of all nodes')
    .option('--slave-flavor <name>', 'of the slaves, where it is another one')
    .option('-i, --image <name>', 'of all nodes')
    .option('-n, --network <name>', 'an existing network, by name or id')
    .option('--subnet <name>', 'its subnet, where it has several')
    .option('--external <name>', 'where floating IPs come from (default: the network that the router leads to)')
    .option(
      '-s, --security-group <names>',
      "existing ones, worn besides the cluster's own; may be given several times",
      list,
    )
    .option('--key <name>', 'an existing key pair of yours in the cloud')
    .option('--private-key <file>', 'its private half (default: ssh-agent, or the file in ~/.ssh that fits)')
    .option(
      '--access <cidr>',
      'who may reach SSH; may be given several times (default: this machine, on its route to the cloud)',
      addressRange,
    )
    .option('--spark-version <version>', 'e.g. 3.5.9 (default: the newest that Firesteel is tested with)')
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .addOption(new Option('--nummasters <count>').argParser(count).hideHelp())
    .addOption(new Option('--numslaves <count>').argParser(count).hideHelp())
    .addOption(new Option('--ipmasters <addresses>').argParser(floatingIps).hideHelp())
    .addOption(new Option('--ipslaves <addresses>').argParser(addresses).hideHelp())
    .addOption(new Option('--security <names>').argParser(list).hideHelp());
}

/** The options under the names that the library has for them. */
export function wishesOf({ cwd }: Pick<Session, 'cwd'>, options: ClusterOptions): ClusterWishes {
  const former = Object.entries(FORMER).flatMap(([was, is]) => {
    const value = (options as Readonly<Record<string, unknown>>)[was];
    return value === undefined ? [] : [[is, value] as const];
  });
  const { securityGroup, privateKey, ...all } = { ...Object.fromEntries(former), ...options } as ClusterOptions;
  const known = Object.entries(all).filter(([name]) => WISHES.has(name));
  return {
    ...Object.fromEntries(known),
    ...(securityGroup && { securityGroups: securityGroup }),
    ...(privateKey !== undefined && { privateKeyFile: existingFile(resolve(cwd, privateKey)) }),
  };
}

const WISHES: ReadonlySet<string> = new Set<keyof ClusterWishes>([
  'cloud',
  'masters',
  'slaves',
  'masterIps',
  'slaveIps',
  'flavor',
  'slaveFlavor',
  'image',
  'network',
  'subnet',
  'external',
  'key',
  'access',
  'sparkVersion',
]);

/** The session as it is in a project's folder: what the caller's folder says of clouds still counts. */
export function inFolder<T extends Session>(session: T, dir: string): T {
  const { cwd } = session;
  const env = { ...session.env };
  for (const [variable, usual] of [
    ['OS_CLIENT_CONFIG_FILE', 'clouds.yaml'],
    ['OS_CLIENT_SECURE_FILE', 'secure.yaml'],
  ] as const) {
    const named = env[variable];
    if (named) env[variable] = resolve(cwd, named);
    else if (existsSync(join(cwd, usual))) env[variable] = join(cwd, usual);
  }
  return { ...session, dir, env };
}

const count = wholeNumber(1);

function floatingIps(text: string, earlier?: readonly string[]): string[] {
  return addressList(
    text,
    earlier,
    'new, none, or an IPv4 address',
    (word) => /^(new|none)$/.test(word) || isIPv4(word),
  );
}

function addresses(text: string, earlier?: readonly string[]): string[] {
  return addressList(text, earlier, 'an IPv4 address', isIPv4);
}

function addressList(
  text: string,
  earlier: readonly string[] | undefined,
  allowed: string,
  fits: (word: string) => boolean,
): string[] {
  const words = list(text, earlier);
  const wrong = words.find((word) => !fits(word));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none: each must be ${allowed}.`);
  const twice = words.find((word, index) => isIPv4(word) && words.indexOf(word) !== index);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} is given twice.`);
  return words;
}

function existingFile(path: string): string {
  if (existsSync(path)) return path;
  throw Object.assign(new Error(`--private-key ${path}: there is no such file`), { name: 'UsageError' });
}
