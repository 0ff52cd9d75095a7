import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Shell } from './_apply';

/** This machine's file system under a writable layer of its own, so that what changes /etc can be run for real. */
export class ScratchMachine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'firesteel-machine-'));
  /** In whose namespaces it stays up. */
  #running?: ChildProcess;

  constructor() {
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(this.#folder, name));
  }

  /** A file that the machine has from the beginning. */
  put(path: string, content: string, mode = 0o644): void {
    const target = join(this.#folder, 'upper', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, mode);
  }

  /** What is mounted stays so until the machine is removed, where else it ends with the shell that mounted it. */
  stayUp(): void {
    const { pid } = this.#keep();
    for (let tries = 0; !existsSync(join(this.#folder, 'up')); tries += 1) {
      if (tries > 200 || !existsSync(`/proc/${pid}`)) throw new Error('the scratch machine does not come up');
      spawnSync('sleep', ['0.05']);
    }
  }

  #keep(): ChildProcess {
    const process = spawn('unshare', ['--mount', '--uts', 'sh', '-s'], {
      cwd: this.#folder,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    process.stdin!.end(`${this.#enter()}\n: >up\nexec sleep infinity\n`);
    this.#running = process;
    return process;
  }

  readonly shell: Shell = (script) => {
    const pid = this.#running?.pid;
    const [program, enter] = pid === undefined ? ['unshare', this.#enter()] : (['nsenter', ''] as const);
    const target = pid === undefined ? [] : ['--target', String(pid)];
    const result = spawnSync(program, [...target, '--mount', '--uts', 'sh', '-s'], {
      input: `${enter}\nexec chroot ${this.#folder}/root sh -s <<'END-OF-SCRIPT'\n${script}\nEND-OF-SCRIPT\n`,
      cwd: this.#folder,
      encoding: 'utf8',
    });
    if (result.status !== 0) throw new Error(`exit status ${result.status}: ${result.stderr}`);
    return result.stdout;
  };

  remove(): void {
    this.#running?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The devices are made by hand, so that names under /dev/disk can be made without touching the host's. */
  #enter(): string {
    return `set -eu
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t proc proc root/proc
mount -t tmpfs tmpfs root/dev
mkdir -p root/dev/disk/by-id root/dev/shm
for node in null:c:1:3 zero:c:1:5 random:c:1:8 urandom:c:1:9; do
  IFS=: read -r name type major minor <<EOF
$node
EOF
  mknod -m 666 "root/dev/$name" "$type" "$major" "$minor"
done
if [ -e root/etc/scratch-disk ]; then
  read -r minor serial <root/etc/scratch-disk
  mknod "root/dev/loop$minor" b 7 "$minor"
  ln -s "../../loop$minor" "root/dev/disk/by-id/virtio-$serial"
fi
`;
  }
}

/** `describe` where such a machine can be made, which takes mounts of its own; else a skip that says why. */
export function describeOnMachine(name: string, body: () => void): void {
  if (process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0) describe(name, body);
  else if (process.env.CI) throw new Error('these tests must run in CI, but they need root and mounts of their own');
  else describe.skip(`${name} (skipped: needs root and mounts of its own)`, body);
}
