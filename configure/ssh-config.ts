import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { InventoryRecord } from '../inventory/inventory';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { Identity } from './identity';
import { quote } from './ssh-shell';
import { type Way, wayTo } from './ssh-way';

export interface SshConfigOptions {
  readonly cluster: Pick<ClusterOutput, 'environment' | 'nodes'>;
  /** Login of the images. */
  readonly user: string;
  readonly identity: Pick<Identity, 'file' | 'publicKey'>;
  /** Verified host keys by server id. */
  readonly hostKeys: InventoryRecord['hostKeys'];
  /** The bastion that nodes without a floating IP are reached through. @default - the first */
  readonly bastion?: DeployedNode;
  /** Where the files go, e.g. `.firesteel`. */
  readonly folder: string;
  /** @default 22 */
  readonly port?: number;
}

export interface SshConfigFiles {
  readonly config: string;
  readonly knownHosts: string;
}

/** Absolute paths of an environment's generated files for OpenSSH. */
export function sshConfigFiles(folder: string, environment: string): SshConfigFiles & { readonly publicKey: string } {
  const base = join(resolve(folder), environment);
  return { config: `${base}.ssh_config`, knownHosts: `${base}.known_hosts`, publicKey: `${base}.ssh_key.pub` };
}

/**
 * Writes what makes `ssh -F .firesteel/dev.ssh_config worker-1` work, also with scp, rsync and an editor: the way to each
 * node, and the host keys that we verified, by server id.
 */
export async function writeSshConfig(options: SshConfigOptions): Promise<SshConfigFiles> {
  const { cluster, folder, hostKeys, identity } = options;
  const files = sshConfigFiles(folder, cluster.environment);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileAtomic(files.knownHosts, knownHosts(cluster.nodes, hostKeys), { mode: 0o600 });
  const fromAgent = identity.file === undefined && identity.publicKey !== undefined;
  if (fromAgent) await writeFileAtomic(files.publicKey, `${identity.publicKey}\n`, { mode: 0o600 });
  // OpenSSH takes a public key's file to mean that key of the agent, and no other.
  const identityFile = fromAgent ? files.publicKey : identity.file;
  await writeFileAtomic(files.config, sshConfig(options, files, identityFile), { mode: 0o600 });
  return files;
}

/** Removes an environment's generated files. */
export async function removeSshConfig(folder: string, environment: string): Promise<void> {
  const { config, knownHosts, publicKey } = sshConfigFiles(folder, environment);
  await Promise.all([config, knownHosts, publicKey].map((file) => rm(file, { force: true })));
}

function knownHosts(nodes: readonly DeployedNode[], hostKeys: InventoryRecord['hostKeys']): string {
  const lines = nodes.flatMap(({ serverId }) =>
    (hostKeys[serverId] ?? []).map(({ type, key }) => `${serverId} ${type} ${key}\n`),
  );
  return lines.join('');
}

function sshConfig(options: SshConfigOptions, files: SshConfigFiles, identityFile: string | undefined): string {
  const { cluster, bastion, user, port = 22 } = options;
  const { config: configFile, knownHosts: knownHostsFile } = files;
  const name = cluster.environment;
  const hosts = cluster.nodes.map((node) => hostEntry(node, wayTo(node, cluster.nodes, bastion), configFile));
  const identity = identityFile === undefined ? '' : `  IdentityFile ${path(identityFile)}\n  IdentitiesOnly yes\n`;
  return `# Written by firesteel for the environment ${name}, and overwritten by it. Use: ssh -F FILE NODE
${hosts.join('')}Host *
  User ${user}
  Port ${port}
  UserKnownHostsFile ${path(knownHostsFile)}
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  UpdateHostKeys no
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  ServerAliveInterval 15
  ServerAliveCountMax 4
${identity}`;
}

function hostEntry(node: DeployedNode, { host, through }: Way, configFile: string): string {
  // ProxyJump would do, if it didn't forget to quote the path of the configuration that it hands on.
  const command = through && ['ssh', '-F', configFile.replaceAll('%', '%%'), '-W', '[%h]:%p', through.name];
  const way = command ? `  ProxyCommand ${command.map(quote).join(' ')}\n` : '';
  return `Host ${node.name} ${node.hostname}\n  HostName ${host}\n  HostKeyAlias ${node.serverId}\n${way}`;
}

/** A path as ssh_config reads it: quoted, and with no `%` that would stand for something. */
function path(file: string): string {
  return `"${resolve(file).replaceAll('%', '%%')}"`;
}
