import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as writeFileAtomic from 'write-file-atomic';
import { run, tryRun } from './_run';
import { Cgroups } from './cgroups';
import { SandboxError } from './errors';
import type { SandboxSettings } from './settings';
import { Supervisor } from './supervisor';

const START_SECONDS = 30;

interface BoxRecord {
  readonly pid: number;
  /** Start time of that process in clock ticks: a PID alone may be another's by now. */
  readonly started: string;
}

/** The namespaces that the control plane and its guests live in. */
export class Box {
  private constructor(
    readonly pid: number,
    readonly supervisor: Supervisor,
  ) {}

  /** The running one, if there is one. */
  static find(settings: SandboxSettings): Box | undefined {
    const file = recordFile(settings);
    if (!fs.existsSync(file)) return undefined;
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as BoxRecord;
    return startTime(record.pid) === record.started ? new Box(record.pid, new Supervisor(record.pid)) : undefined;
  }

  /** @param rootfs folders of the read-only root file system, the topmost first; config files must be in the state folder */
  static async start(settings: SandboxSettings, rootfs: readonly string[]): Promise<Box> {
    const { stateDir, net, id } = settings;
    const pidFile = path.join(stateDir, 'box.pid');
    fs.rmSync(pidFile, { force: true });
    fs.mkdirSync(path.join(stateDir, 'logs'), { recursive: true });
    const log = fs.openSync(path.join(stateDir, 'logs/box.log'), 'a');
    const args = [id, stateDir, rootfs.join(':'), `/proc/${process.pid}/ns/net`, `${net.api}/24`, net.host];
    const child = spawn('/bin/bash', [path.join(stateDir, 'box/start.sh'), ...args], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    const pid = await pidOnceStarted(child, pidFile);
    child.unref();
    writeFileAtomic.sync(recordFile(settings), JSON.stringify({ pid, started: startTime(pid) }));
    return new Box(pid, new Supervisor(pid));
  }

  /** Ends everything in it: guests, services, mounts, loop devices, cgroups. */
  async stop(settings: SandboxSettings): Promise<void> {
    // Only the data base has something to lose.
    await this.supervisor.stop('mariadb', 15).catch(() => undefined);
    process.kill(this.pid, 'SIGKILL');
    // Guests that are paused are frozen, and the frozen do not die.
    cgroups(settings).thaw();
    for (let waited = 0; fs.existsSync(`/proc/${this.pid}`); waited += 1) {
      if (waited > 300) throw new SandboxError(`The sandbox's first process (${this.pid}) does not end.`);
      await sleep(100);
    }
    await cleanAfterBox(settings);
  }
}

async function pidOnceStarted(child: ReturnType<typeof spawn>, file: string): Promise<number> {
  let ended: number | undefined;
  child.once('exit', (code) => {
    ended = code ?? 1;
  });
  for (let waited = 0; waited < START_SECONDS * 20; waited += 1) {
    if (fs.existsSync(file)) return Number(fs.readFileSync(file, 'utf8'));
    if (ended !== undefined) break;
    await sleep(50);
  }
  const log = path.join(path.dirname(file), 'logs/box.log');
  const lines = fs.readFileSync(log, 'utf8').trim().split('\n').slice(-10);
  throw new SandboxError(`The sandbox's namespaces could not be made (log: ${log})`, lines);
}

/** What a box leaves on the host when it ends, however it ended; fine if there is nothing. */
export async function cleanAfterBox(settings: SandboxSettings): Promise<void> {
  fs.rmSync(recordFile(settings), { force: true });
  fs.rmSync(settings.cacheInUse, { force: true });
  fs.rmSync(path.join(settings.stateDir, 'box.pid'), { force: true });
  for (const device of await ownLoopDevices(settings.stateDir)) await tryRun('losetup', ['-d', device]);
  await cgroups(settings).remove();
}

async function ownLoopDevices(stateDir: string): Promise<string[]> {
  const { loopdevices = [] } = JSON.parse(
    (await run('losetup', ['--json', '--list', '-O', 'NAME,BACK-INO,BACK-FILE'])) || '{}',
  ) as {
    loopdevices?: { name: string; 'back-ino': number; 'back-file': string }[];
  };
  const inodes = instanceDisks(stateDir);
  return loopdevices.filter((device) => inodes.has(Number(device['back-ino']))).map((device) => device.name);
}

// The kernel names the file as it was called inside the sandbox, so it is known by its inode.
function instanceDisks(stateDir: string): Set<number> {
  const folders = ['instances', 'node-2/instances']
    .map((name) => path.join(stateDir, name))
    .filter((dir) => fs.existsSync(dir));
  const disks = folders.flatMap((dir) => fs.readdirSync(dir).map((name) => path.join(dir, name, 'disk')));
  return new Set(disks.filter((disk) => fs.existsSync(disk)).map((disk) => fs.statSync(disk).ino));
}

function cgroups({ id }: SandboxSettings): Cgroups {
  return new Cgroups(`firesteel-${id}`);
}

function recordFile(settings: SandboxSettings): string {
  return path.join(settings.stateDir, 'box.json');
}

function startTime(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!fs.existsSync(file)) return undefined;
  // The second field may hold spaces and parentheses; the 22nd is the start time.
  return fs.readFileSync(file, 'utf8').split(') ').pop()?.split(' ')[19];
}
