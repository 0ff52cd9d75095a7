import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SshdOptions {
  /** Another address of 127/8 makes another node. @default '127.0.0.1' */
  readonly address?: string;
  /** @default - a free one */
  readonly port?: number;
  /** Lines of sshd_config that come before ours. */
  readonly config?: readonly string[];
  /** Public keys that may log in. */
  readonly authorizedKeys: readonly string[];
  /** @default ['ed25519'] */
  readonly hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
  /** Run as root in sshd's own mount namespace before it starts; `$FOLDER` is a folder of its own. */
  readonly setUp?: string;
}

export interface Sshd {
  readonly address: string;
  readonly port: number;
  /** Its public host keys, `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** What it logged so far. */
  log(): string;
  /** Ends it with all its sessions. */
  stop(): Promise<void>;
}

/** What the tests need, with the Debian packages that have it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh-agent': 'openssh-client',
  '/usr/bin/sudo': 'sudo',
  '/usr/bin/pgrep': 'procps',
  '/usr/bin/unshare': 'util-linux',
};

/** Why no sshd can be started here; undefined where it can. A CI without it is an error, not a reason to skip. */
export function noSshdReason(): string | undefined {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !existsSync(program));
  const lacking = missing.map(([, name]) => name).join(' ');
  const reason = process.getuid?.() !== 0 ? 'not root' : lacking && `apt-get install ${lacking}`;
  if (reason && process.env.CI) throw new Error(`the SSH tests must run in CI, but: ${reason}`);
  return reason || undefined;
}

/** `describe` where a real sshd can be started, else a skip that says why. */
export function describeSsh(name: string, body: () => void): void {
  const reason = noSshdReason();
  if (reason) describe.skip(`${name} (skipped: ${reason})`, body);
  else {
    jest.setTimeout(60_000);
    describe(name, body);
  }
}

/** A key pair of its own for a test. */
export function makeKey(
  folder: string,
  name: string,
  options: { type?: string; passphrase?: string } = {},
): { file: string; publicKey: string } {
  const file = join(folder, name);
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    options.type ?? 'ed25519',
    '-N',
    options.passphrase ?? '',
    '-C',
    name,
    '-f',
    file,
  ]);
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/**
 * A real OpenSSH server with mount and process namespaces of its own: whatever it or its sessions mount, start or leave
 * behind is gone when it ends. Root's home is empty there, so that nobody's shell settings count.
 */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-sshd-'));
  const address = options.address ?? '127.0.0.1';
  const port = options.port ?? (await freePort(address));
  const types = options.hostKeyTypes ?? ['ed25519'];
  const keys = types.map((type) => makeKey(folder, `host_${type}`, { type }));
  writeFileSync(join(folder, 'authorized_keys'), `${options.authorizedKeys.join('\n')}\n`, { mode: 0o644 });
  writeFileSync(join(folder, 'sshd_config'), config(folder, address, port, types, options.config ?? []));
  const child = launch(folder, options.setUp ?? '');
  await answering(address, port, child, folder);
  return {
    address,
    port,
    hostKeys: keys.map(({ publicKey }) => publicKey.split(' ').slice(0, 2).join(' ')),
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    stop: () => stop(child, folder),
  };
}

function config(
  folder: string,
  address: string,
  port: number,
  types: readonly string[],
  lines: readonly string[],
): string {
  return `${lines.join('\n')}
ListenAddress ${address}:${port}
${types.map((type) => `HostKey ${folder}/host_${type}`).join('\n')}
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PidFile none
LogLevel VERBOSE
`;
}

function launch(folder: string, setUp: string): ChildProcess {
  const script = `set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
mount -t tmpfs -o mode=700 tmpfs /root
FOLDER=${folder}
${setUp}
exec /usr/sbin/sshd -D -E ${folder}/log -f ${folder}/sshd_config`;
  // Should the test runner be killed, the server goes with it.
  const words = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn('setpriv', [...words, '/bin/sh', '-c', script], { stdio: ['ignore', 'ignore', log] });
  closeSync(log);
  return child;
}

function stop(child: ChildProcess, folder: string): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    };
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', done);
    // The server itself, which `unshare` waits for: that would end before the port is free.
    const [server] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    process.kill(Number(server) || child.pid!, 'SIGKILL');
  });
}

/** A free port of an address. */
export function freePort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answering(address: string, port: number, child: ChildProcess, folder: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${readFileSync(join(folder, 'log'), 'utf8')}`);
    if (await opens(address, port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await stop(child, folder);
  throw new Error('sshd did not answer within 30 s');
}

function opens(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
