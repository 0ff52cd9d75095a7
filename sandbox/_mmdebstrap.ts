import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from './_run';
import { type AptHost, RELEASE } from './apt-host';

export interface MmdebstrapOptions {
  readonly apt: AptHost;
  /** Empty folder beside the target, on the same file system; the caller removes it. */
  readonly scratch: string;
  /** Folder of downloaded packages that outlives the build, so that a build that was cut short goes on from there. */
  readonly archives: string;
  readonly packages: readonly string[];
  /** Scripts run with the new root as `$1`, before the packages beyond the essential ones and after all of them. */
  readonly beforePackages?: string;
  readonly afterPackages?: string;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

// Dies with us (kill -9 included): nothing of a half-finished build goes on in the background.
export const TIED = [
  '--pdeathsig',
  'KILL',
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
];

// The folder of packages is ours to keep: mmdebstrap would refuse it, or empty it.
const KEPT = ['download/empty', 'essential/unlink', 'cleanup/apt'];

/** Makes a Debian root file system in the new folder `target`, with the host's sources, apt settings and certificates. */
export async function mmdebstrap(target: string, options: MmdebstrapOptions): Promise<void> {
  const { apt, scratch, archives } = options;
  const file = (name: string, text: string) => {
    fs.writeFileSync(path.join(scratch, name), text, { mode: 0o755 });
    return path.join(scratch, name);
  };
  fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
  const setup = file('setup.sh', setupScript(apt, file('99firesteel', apt.settings), archives));
  const trust = file('trust.sh', trustScript(apt));
  const hooks = [`--setup-hook=${setup}`];
  if (options.beforePackages) hooks.push(`--essential-hook=sh ${options.beforePackages} "$1"`);
  hooks.push(`--customize-hook=${trust}`);
  if (options.afterPackages) hooks.push(`--customize-hook=sh ${options.afterPackages} "$1"`);
  hooks.push(`--customize-hook=${file('archives.sh', '#!/bin/sh\nset -eu\numount "$1/var/cache/apt/archives"\n')}`);
  const quiet = ['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const args = ['mmdebstrap', '--mode=root', '--variant=minbase', `--skip=${KEPT.join(',')}`, ...hooks];
  args.push(...quiet, '--dpkgopt=path-include=/usr/share/doc/*/copyright', '--dpkgopt=force-unsafe-io');
  args.push(
    `--include=${options.packages.join(',')}`,
    RELEASE,
    path.join(scratch, 'overlay/merged'),
    file('debian.sources', apt.sources),
  );
  const into = file('unsynced.sh', UNSYNCED);
  fs.mkdirSync(target);
  await run('setpriv', [...TIED, into, target, path.join(scratch, 'overlay'), ...args], {
    env: { ...process.env, TMPDIR: scratch, LC_ALL: 'C.UTF-8' },
    signal: options.signal,
    killSignal: 'SIGKILL', // unshare --fork lets no other through
    onLine: options.onLine,
  });
}

// dpkg and the packages' scripts sync thousands of times, which takes minutes on some disks: an overlay mounted "volatile"
// leaves that out, and what has the final name was complete before it was renamed.
const UNSYNCED = `#!/bin/sh
set -eu
target=$1 overlay=$2
shift 2
mkdir -p "$overlay/empty" "$overlay/work" "$overlay/merged"
mount -t overlay overlay -o "lowerdir=$overlay/empty,upperdir=$target,workdir=$overlay/work,volatile" "$overlay/merged"
exec "$@"
`;

function setupScript(apt: AptHost, settings: string, archives: string): string {
  const copies = [...apt.keyrings, ...apt.certificates].map(
    (from) => `install -D -m 644 ${quote(from)} "$1"${quote(from)}`,
  );
  return [
    '#!/bin/sh',
    'set -eu',
    'mkdir -p "$1/etc/apt/apt.conf.d" "$1/var/cache/apt/archives"',
    `install -m 644 ${quote(settings)} "$1/etc/apt/apt.conf.d/99firesteel"`,
    ...copies,
    // OpenJDK's and PostgreSQL's postinst fail where these folders were left out with the pages.
    'for n in 1 2 3 4 5 6 7 8; do mkdir -p "$1/usr/share/man/man$n"; done',
    `mount --bind ${quote(archives)} "$1/var/cache/apt/archives"`,
    '',
  ].join('\n');
}

function trustScript(apt: AptHost): string {
  const update = apt.certificates.length > 0 ? 'chroot "$1" update-ca-certificates >/dev/null' : ':';
  return `#!/bin/sh\nset -eu\n${update}\nrm -rf "$1/var/lib/apt/lists/"* "$1/var/cache/apt/"*.bin\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
