import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './_median';
import { installPeer, PEERS, PYTHON_PEERS, peerProgram } from './_peers';

const run = promisify(execFile);
const PARALLEL = 64;

export const WAYS = ['ours', 'ssh2', 'openssh', 'pyinfra', 'ansible'] as const;
export type Way = (typeof WAYS)[number];

/** Two minutes and more for each: once is enough. */
const SLOW: readonly Way[] = ['ansible'];

export interface ConfigureFigure {
  readonly way: Way;
  readonly hosts: number;
  /** Every file is another than before; of several runs, but for the slowest peer. Ours and ssh2 without loading the program, the others with it. */
  readonly medianSeconds: number;
  readonly bestSeconds: number;
  /** The same once more: nothing but the command is to be done. */
  readonly againSeconds: number;
}

export interface BenchConfigureOptions {
  readonly hosts: number;
  readonly rounds: number;
  /** @default WAYS */
  readonly ways?: readonly Way[];
}

/**
 * One directory, five files and a command on many light hosts, host keys checked, by Firesteel and by others in turn. Makes
 * the hosts and removes them. Needs root.
 */
export async function benchConfigure({
  hosts,
  rounds,
  ways = WAYS,
}: BenchConfigureOptions): Promise<ConfigureFigure[]> {
  for (const way of ways) if (way in PYTHON_PEERS) await installPeer(way as keyof typeof PYTHON_PEERS);
  const { stdout } = await run(join(__dirname, 'hosts.sh'), ['up', String(hosts)], { maxBuffer: 1 << 24 });
  const folder = stdout.trim();
  try {
    const seconds = new Map<Way, { first: number[]; again: number[] }>(
      ways.map((way) => [way, { first: [], again: [] }]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const way of ways.filter((one) => round === 0 || !SLOW.includes(one))) {
        const salt = `${way}-${round}-${process.pid}`;
        seconds.get(way)!.first.push(await once(way, folder, hosts, salt));
        seconds.get(way)!.again.push(await once(way, folder, hosts, salt));
        verify(folder, hosts, salt);
      }
    }
    return ways.map((way) => {
      const { first, again } = seconds.get(way)!;
      return { way, hosts, medianSeconds: median(first), bestSeconds: Math.min(...first), againSeconds: median(again) };
    });
  } finally {
    await run(join(__dirname, 'hosts.sh'), ['down']);
  }
}

/** A way that is fast because it did nothing would be no way. */
function verify(folder: string, hosts: number, salt: string): void {
  for (const host of [0, hosts - 1]) {
    const text = readFileSync(join(folder, String(host), 'upper/etc/bench/f5.conf'), 'utf8');
    if (!text.startsWith('five ') || !text.endsWith(`\n${salt}\n`)) throw new Error(`host ${host} holds ${text}`);
  }
}

/** @returns seconds */
async function once(way: Way, folder: string, hosts: number, salt: string): Promise<number> {
  if (way === 'ours' || way === 'ssh2') {
    const program = ['--import', require.resolve('tsx'), join(__dirname, '_configure-run.ts')];
    const args = [way, folder, String(hosts), salt, String(PARALLEL)];
    const { stdout } = await run(process.execPath, [...program, ...args]);
    return (JSON.parse(stdout) as { seconds: number }).seconds;
  }
  const [program, args, env] = command(way, folder, hosts, salt);
  const started = performance.now();
  await run(program, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  return (performance.now() - started) / 1000;
}

function command(way: Way, folder: string, hosts: number, salt: string): [string, string[], NodeJS.ProcessEnv] {
  const parallel = String(PARALLEL);
  if (way === 'openssh') return [join(PEERS, 'openssh.sh'), [folder, String(hosts), salt, parallel], {}];
  const inventory = writeInventory(way, folder, hosts);
  const program = peerProgram(way === 'ansible' ? way : 'pyinfra');
  if (way === 'pyinfra') {
    const data = ['ssh_strict_host_key_checking=yes', `ssh_known_hosts_file=${folder}/known_hosts`];
    const login = ['--user', 'root', '--key', `${folder}/id`, ...data.flatMap((text) => ['--data', text])];
    return [
      program,
      ['-y', ...login, '--parallel', parallel, inventory, join(PEERS, 'pyinfra-deploy.py')],
      { SALT: salt },
    ];
  }
  const ssh = `-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${folder}/known_hosts`;
  const env = {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_SSH_ARGS: ssh,
    ANSIBLE_PRIVATE_KEY_FILE: `${folder}/id`,
    ANSIBLE_REMOTE_USER: 'root',
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
  };
  return [program, ['-i', inventory, '-f', parallel, '-e', `salt=${salt}`, join(PEERS, 'ansible-play.yml')], env];
}

function writeInventory(way: Way, folder: string, hosts: number): string {
  const addresses = readFileSync(join(folder, 'hosts'), 'utf8').trim().split('\n').slice(0, hosts);
  const file = join(folder, way === 'pyinfra' ? 'inventory.py' : 'inventory.ini');
  const python = `hosts = [\n${addresses.map((address) => `    ("${address}", {}),\n`).join('')}]\n`;
  writeFileSync(file, way === 'pyinfra' ? python : `${addresses.join('\n')}\n`);
  return file;
}

async function main(): Promise<void> {
  const [hosts = '100', rounds = '5', ...ways] = process.argv.slice(2);
  const options = { hosts: Number(hosts), rounds: Number(rounds), ...(ways.length > 0 && { ways: ways as Way[] }) };
  const figures = await benchConfigure(options);
  const floor = figures.find(({ way }) => way === 'ssh2')?.medianSeconds;
  console.log('| way | median s | best s | × ssh2 | again s |\n| --- | --- | --- | --- | --- |');
  for (const { way, medianSeconds, bestSeconds, againSeconds } of figures) {
    const times = floor === undefined ? '' : (medianSeconds / floor).toFixed(2);
    console.log(
      `| ${way} | ${medianSeconds.toFixed(2)} | ${bestSeconds.toFixed(2)} | ${times} | ${againSeconds.toFixed(2)} |`,
    );
  }
}

if (require.main === module) void main();
