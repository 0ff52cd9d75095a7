import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { type RunOptions, type RunResult, run, tryRun } from './_run';
import { SandboxError } from './errors';
import { type SandboxSettings, sandboxSettings } from './settings';

/** An address on the sandbox's public network that is neither the host's nor a server's: from where attackers look. */
export interface Outside {
  readonly address: string;
  /** Runs a program there. A program that fails is no error here: its exit status says so. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunResult>;
  /** Takes the address and its network namespace away. */
  close(): Promise<void>;
}

/**
 * A network namespace of its own with an address outside of everything that `access` names by default.
 * @param index 0–3: which of the four addresses set aside for this
 * @throws SandboxError if the sandbox is down
 */
export async function openOutside(index = 0, settings: SandboxSettings = sandboxSettings()): Promise<Outside> {
  const link = new OutsideLink(index, settings);
  await link.close(); // of a test run that was killed
  try {
    await link.open();
  } catch (error) {
    await link.close();
    throw error;
  }
  return link;
}

/** Runs one program from outside, and cleans up after it. */
export async function runOutside(
  argv: readonly [string, ...string[]],
  options: RunOptions = {},
  settings: SandboxSettings = sandboxSettings(),
): Promise<RunResult> {
  const outside = await openOutside(0, settings);
  try {
    return await outside.run(argv, options);
  } finally {
    await outside.close();
  }
}

class OutsideLink implements Outside {
  readonly address: string;
  private readonly name: string;
  private readonly bridgeSide: string;
  private readonly pidFile: string;

  constructor(
    index: number,
    private readonly settings: SandboxSettings,
  ) {
    const [network, first] = [
      settings.net.outsideFirst.replace(/\d+$/, ''),
      Number(settings.net.outsideFirst.split('.')[3]),
    ];
    if (index < 0 || index > 254 - first)
      throw new SandboxError(`Outside address ${index}: there are 0 to ${254 - first}.`);
    this.address = `${network}${first + index}`;
    this.name = `firesteel-${settings.id}-outside-${index}`;
    // Interface names have at most 15 characters.
    this.bridgeSide = `out${index}-${createHash('sha256').update(this.name).digest('hex').slice(0, 8)}`;
    this.pidFile = `${settings.stateDir}/box.pid`;
  }

  async open(): Promise<void> {
    const box = this.box();
    if (!box) throw new SandboxError('The sandbox is down: firesteel sandbox up.');
    await run('ip', ['netns', 'add', this.name]);
    const inside = (args: string[]) => run('ip', ['-n', this.name, ...args]);
    await run('ip', [
      'link',
      'add',
      'eth0',
      'netns',
      this.name,
      'type',
      'veth',
      'peer',
      'name',
      this.bridgeSide,
      'netns',
      box,
    ]);
    await run('nsenter', ['-t', box, '-n', 'ip', 'link', 'set', this.bridgeSide, 'master', 'br-ext', 'up']);
    await inside(['addr', 'add', `${this.address}/24`, 'dev', 'eth0']);
    await inside(['link', 'set', 'lo', 'up']);
    await inside(['link', 'set', 'eth0', 'up']);
    await inside(['route', 'add', 'default', 'via', this.settings.net.host]);
  }

  run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
    return tryRun('ip', ['netns', 'exec', this.name, ...argv], options);
  }

  async close(): Promise<void> {
    const box = this.box();
    // The kernel takes away what is in a deleted namespace only later: until then the other end keeps its name.
    if (box) await tryRun('nsenter', ['-t', box, '-n', 'ip', 'link', 'del', this.bridgeSide]);
    await tryRun('ip', ['netns', 'del', this.name]);
  }

  /** Process id of the sandbox's first process. */
  private box(): string | undefined {
    return fs.existsSync(this.pidFile) ? fs.readFileSync(this.pidFile, 'utf8').trim() : undefined;
  }
}
