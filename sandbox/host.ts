import * as fs from 'node:fs';
import { run, tryRun } from './_run';
import { SandboxError } from './errors';
import { type OnSandboxEvent, step } from './events';

/** Program → Debian package that has it. */
const NEEDED: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  nft: 'nftables',
  ip: 'iproute2',
  sysctl: 'procps',
  'qemu-img': 'qemu-utils',
  'mkfs.ext4': 'e2fsprogs',
  flock: 'util-linux',
  setpriv: 'util-linux',
  losetup: 'mount',
  'ssh-keygen': 'openssh-client',
};

const MODULES = [
  'overlay',
  'loop',
  'veth',
  'bridge',
  'br_netfilter',
  'vxlan',
  'nf_tables',
  'ip_tables',
  'ebtables',
  'ip_set',
];

const PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What keeps this machine from running the sandbox, each with what to do; empty on a machine that can. */
export function hostObstacles(host: HostFacts = hostFacts()): string[] {
  const own = 'or use your own OpenStack: set OS_CLOUD, OS_AUTH_URL … or --openrc FILE';
  if (host.platform !== 'linux')
    return [`The sandbox needs Linux (Debian 12), and this is ${host.platform}: run it on such a machine, ${own}.`];
  const obstacles = [];
  if (host.uid !== 0)
    obstacles.push(`The sandbox makes network interfaces and mounts, so it needs root: run it with sudo, ${own}.`);
  if (!host.cgroupV1)
    obstacles.push(
      'The sandbox needs the cgroup v1 controllers, and this machine has only cgroup v2: boot it with the kernel parameter ' +
        `"systemd.unified_cgroup_hierarchy=0" (Debian: GRUB_CMDLINE_LINUX in /etc/default/grub), ${own}.`,
    );
  return obstacles;
}

export interface HostFacts {
  readonly platform: string;
  readonly uid: number;
  readonly cgroupV1: boolean;
}

function hostFacts(): HostFacts {
  const read = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    cgroupV1: /:[^:]*\bmemory\b[^:]*:/.test(read('/proc/self/cgroup')),
  };
}

/** @throws SandboxError naming everything that is in the way */
export function requireHost(): void {
  const obstacles = hostObstacles();
  if (obstacles.length > 0) throw new SandboxError(obstacles.join('\n'));
}

/**
 * Loads what the kernel does not load by itself from inside a namespace. A kernel that has all of it built in, or lacks
 * one, is no error here: what is really missing is told by the first program that needs it.
 */
export async function loadKernelModules(): Promise<void> {
  for (const name of MODULES) await tryRun('modprobe', ['--quiet', name]);
}

/** Installs the few host packages that are missing. @throws SandboxError that names them if apt can't */
export async function installHostPackages(onEvent: OnSandboxEvent, signal?: AbortSignal): Promise<void> {
  const missing = missingPackages((program) => PLACES.some((folder) => fs.existsSync(`${folder}/${program}`)));
  if (missing.length === 0) return;
  const apt = await tryRun('apt-get', ['--version']);
  if (apt.code !== 0)
    throw new SandboxError(`Missing on this machine: ${missing.join(', ')}. Install them, then run this again.`);
  await step(onEvent, `install ${missing.join(', ')}`, async () => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, signal };
    const install = ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...missing];
    // The lists may be missing or old: only then is an update worth its time.
    if ((await tryRun('apt-get', install, options)).code === 0) return;
    await run('apt-get', ['update', '-q'], options);
    await run('apt-get', install, options);
  });
}

/** Packages for the programs that `has` denies. */
export function missingPackages(has: (program: string) => boolean): string[] {
  return [...new Set(Object.entries(NEEDED).flatMap(([program, name]) => (has(program) ? [] : [name])))];
}
