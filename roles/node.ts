import { directory } from '../operations/directory';
import { file } from '../operations/file';
import { type Host, hostNames } from '../operations/host-names';
import { hostname } from '../operations/hostname';
import { managedBlock } from '../operations/managed-block';
import type { Operation } from '../operations/operation';
import { packages } from '../operations/packages';
import { resolvers } from '../operations/resolvers';
import { sh } from '../operations/shell';
import { SWAP_FILE, swap } from '../operations/swap';
import { volume } from '../operations/volume';
import { sshdDropIn, sshdForwarding } from './_sshd';
import type { InstallContext, NodeContext, Probe, Role, VolumeInfo } from './role';

/** Port on which one node gives artifacts to the others while they are being configured. */
export const ARTIFACT_PORT = 7078;

/** What every node of every cluster is, whatever else it is: named, reachable by SSH with keys alone, with its volumes. */
export const node: Role = {
  name: 'node',
  summary: 'base of every node: its name, SSH with keys alone, volumes, swap, packages',
  exposes: [
    { name: 'ssh', port: 22, from: ['bastion'] },
    { name: 'artifacts', port: ARTIFACT_PORT, from: ['node'] },
  ],
  install: ({ settings }: InstallContext) => [
    packages({ apt: ['python3', 'ca-certificates', ...settings.apt.packages], dnf: ['python3', 'ca-certificates'] }),
    ...cloudInitKeepsOut(),
  ],
  configure: (context) => [
    ...volumes(context.node.volumes),
    swap(context.node.swap ? { size: context.node.swap } : {}),
    // Between regions services tell of each other by name, whose address is another from elsewhere.
    hostNames({ hosts: hosts(context), own: context.node.address, whole: context.node.region !== undefined }),
    hostname(context.node.hostname),
    resolvers({ servers: clusterResolvers(context) }),
    ...sshdDropIn('10-firesteel.conf', [
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitEmptyPasswords no',
      `PermitRootLogin ${login(context) === 'root' ? 'prohibit-password' : 'no'}`,
      ...sshdForwarding(context.settings),
      'X11Forwarding no',
    ]),
    ...colleagues(context),
  ],
  namesOthers: ['dnsmasq'],
  health: ({ node: { volumes: infos, swap: size } }) => [
    disk(infos),
    ...infos.map(mounted),
    ...(size ? [swapped()] : []),
  ],
};

/** Else it writes its own /etc/hosts and host name again at every boot. */
function cloudInitKeepsOut(): readonly Operation[] {
  const content = '# Written by firesteel configure.\nmanage_etc_hosts: false\npreserve_hostname: true\n';
  return [
    directory({ path: '/etc/cloud/cloud.cfg.d' }),
    file({ path: '/etc/cloud/cloud.cfg.d/99-firesteel.cfg', content }),
  ];
}

function hosts({ nodes, elsewhere }: NodeContext): readonly Host[] {
  return [...nodes, ...elsewhere].map(({ address, hostname: host, name, aliases = [] }) => ({
    address,
    names: [...aliases, host, name],
  }));
}

/**
 * Nodes with the role dnsmasq, each node beginning with another one. They themselves ask whom the cloud names: one that
 * asked another would pass questions round in a circle.
 */
function clusterResolvers({ node: { name, roles }, nodesWith }: NodeContext): readonly string[] {
  if (roles.includes('dnsmasq')) return [];
  const addresses = nodesWith('dnsmasq').map(({ address }) => address);
  const first = [...name].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % Math.max(1, addresses.length);
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

function colleagues(context: NodeContext): readonly Operation[] {
  const user = login(context);
  const { authorizedKeys } = context.settings.ssh;
  const home = user === 'root' ? '/root' : `/home/${user}`;
  return [
    directory({ path: `${home}/.ssh`, mode: 0o700, owner: user, group: user }),
    managedBlock({
      path: `${home}/.ssh/authorized_keys`,
      marker: 'colleagues',
      content: authorizedKeys.map((key) => `${key.trim()}\n`).join(''),
      mode: 0o600,
      owner: user,
      group: user,
    }),
  ];
}

/** @throws {Error} when the image has not been asked yet */
function login({ settings, node: { name } }: NodeContext): string {
  if (settings.ssh.user) return settings.ssh.user;
  throw new Error(`the login of ${name} is not known; name it as ssh.user in the common environment`);
}

function volumes(infos: readonly VolumeInfo[]): readonly Operation[] {
  const xfs = infos.some(({ filesystem }) => filesystem === 'xfs');
  return [
    ...(xfs ? [packages({ apt: ['xfsprogs'], dnf: ['xfsprogs'] })] : []),
    ...infos.map(({ id, mount, filesystem }) => volume({ id, mount, filesystem })),
  ];
}

/** A full disk is behind many an odd failure. */
function disk(infos: readonly VolumeInfo[]): Probe {
  const mounts = ['/', ...infos.map(({ mount }) => mount)];
  const script = sh`
    full=$(df -P -m -- ${mounts} | awk 'NR > 1 && $4 < 100 { print $6 " has only " $4 " MiB left" }')
    [ -z "$full" ] || { echo "$full"; exit 1; }
  `;
  return { name: 'disk', script: script.text };
}

function mounted({ name, mount }: VolumeInfo): Probe {
  const script = sh`mountpoint -q -- ${mount} || { echo ${`nothing is mounted at ${mount}`}; exit 1; }`;
  return { name: `volume ${name}`, script: script.text };
}

function swapped(): Probe {
  const script = sh`swapon --show=NAME --noheadings --raw | grep -qFx -- ${SWAP_FILE} || { echo ${`${SWAP_FILE} is not used as swap`}; exit 1; }`;
  return { name: 'swap', script: script.text };
}
