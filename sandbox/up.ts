import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';
import type { ApiClient } from './_api';
import { removeUnused } from './_cache';
import { tryRun } from './_run';
import { readAptHost } from './apt-host';
import { Box, cleanAfterBox } from './box';
import { BringUp } from './bring-up';
import { writeCloudsYaml } from './clouds-yaml';
import { configFiles } from './config';
import type { ConfigContext } from './config/context';
import { SandboxError } from './errors';
import { type OnSandboxEvent, step } from './events';
import { Footprint } from './footprint';
import { installHostPackages, loadKernelModules, requireHost } from './host';
import { buildImage, type GuestImage, hasImage, IMAGE, imageDigest, imageIsCurrent, uploadImage } from './image';
import { type SandboxInfo, sandboxInfo } from './info';
import { withLock } from './lock';
import { Milestones } from './milestones';
import { passwords } from './passwords';
import { hostResolvers, type Resolvers } from './resolvers';
import { type BuildOptions, buildRootfs, hasRootfs, rootfsName } from './rootfs';
import { readRunning, recordNodes, runningFile } from './running';
import { RUN_FOLDER, type SandboxSettings, sandboxSettings } from './settings';

export interface UpOptions {
  /** Compute nodes; 2 for real anti-affinity. Never fewer than the sandbox has already. @default - as it is, else 1 */
  readonly nodes?: 1 | 2;
  readonly onEvent?: OnSandboxEvent;
  readonly signal?: AbortSignal;
  /** @default - from the environment */
  readonly settings?: SandboxSettings;
}

/**
 * Makes the sandbox run, whatever it was before: absent, down, half started, or with a dead service.
 * @throws SandboxError saying what is in the way or which service died
 */
export async function up(options: UpOptions = {}): Promise<SandboxInfo> {
  requireHost();
  const settings = options.settings ?? sandboxSettings();
  const onEvent = options.onEvent ?? (() => undefined);
  const waiting = () => onEvent({ kind: 'warning', message: 'waiting for another sandbox command to end' });
  fs.mkdirSync(settings.stateDir, { recursive: true, mode: 0o700 });
  return withLock(settings.lock, waiting, () => new Up(settings, onEvent, options).run());
}

class Up {
  private readonly footprint: Footprint;

  constructor(
    private readonly settings: SandboxSettings,
    private readonly onEvent: OnSandboxEvent,
    private readonly options: UpOptions,
  ) {
    this.footprint = new Footprint(settings);
  }

  async run(): Promise<SandboxInfo> {
    const { settings, onEvent } = this;
    await installHostPackages(onEvent, this.options.signal);
    const apt = await readAptHost();
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ...(this.options.signal ? [this.options.signal] : [])]);
    const builds: BuildOptions = { cacheDir: settings.cacheDir, apt, signal };
    // The image is built while the control plane is built and started: neither keeps both cores busy alone.
    const milestones = new Milestones(settings.stateDir);
    const early = milestones.reached('image', imageDigest(apt)) ? undefined : this.buildImage(builds);
    early?.catch(() => undefined); // told where it is awaited
    try {
      const admin = await this.bringUp(await this.box(builds), milestones);
      if (!(await imageIsCurrent(admin, apt))) {
        const image = await (early ?? this.buildImage(builds));
        await step(onEvent, `upload image ${IMAGE}`, () => uploadImage(admin, image));
      }
      await milestones.once('image', imageDigest(apt), async () => undefined);
      return sandboxInfo(settings, readRunning(settings).resolvers.nameservers);
    } finally {
      stop.abort();
      await early?.catch(() => undefined);
    }
  }

  private buildImage(builds: BuildOptions): Promise<GuestImage> {
    if (hasImage(builds)) return buildImage(builds);
    return step(this.onEvent, `build image ${IMAGE}`, (onLine) => buildImage({ ...builds, onLine }));
  }

  private async bringUp(box: Box, milestones: Milestones): Promise<ApiClient> {
    const { settings, onEvent } = this;
    const { rootfs, resolvers } = readRunning(settings);
    const context = this.context(resolvers);
    writeCloudsYaml(settings.clouds, context);
    const nodes = recordNodes(settings, this.options.nodes);
    const { signal } = this.options;
    const { stateDir } = settings;
    return new BringUp(box, { stateDir, milestones, context, resolvers, nodes, rootfs, onEvent, signal }).run();
  }

  private async box(builds: BuildOptions): Promise<Box> {
    const there = Box.find(this.settings);
    if (!there) return this.startBox(builds);
    this.warnOfChanges();
    const missing = await this.footprint.missing();
    if (missing.length > 0) {
      await this.footprint.lay(there.pid);
      this.onEvent({
        kind: 'repair',
        service: 'host network',
        message: `${missing.join(', ')} was missing; made again`,
      });
    }
    return there;
  }

  private async startBox(builds: BuildOptions): Promise<Box> {
    const { settings, onEvent } = this;
    // After a crash, or a reboot of the machine
    await this.footprint.takeBack();
    await cleanAfterBox(settings);
    await this.requireFreeNetwork();
    await loadKernelModules();
    const name = rootfsName(builds.apt);
    const rootfs = hasRootfs(builds)
      ? await buildRootfs(builds)
      : await step(onEvent, "build the control plane from Debian's packages", (onLine) =>
          buildRootfs({ ...builds, onLine }),
        );
    writeFileAtomic.sync(settings.cacheInUse, path.join(settings.cacheDir, name));
    removeUnused(settings.cacheDir, cachesInUse());
    const resolvers = hostResolvers(settings.net.host);
    writeFiles(path.join(settings.stateDir, 'config'), configFiles(this.context(resolvers)));
    copyAssets(path.join(settings.stateDir, 'box'));
    writeFileAtomic.sync(runningFile(settings), JSON.stringify({ rootfs: name, resolvers, cidr: settings.net.cidr }));
    return step(onEvent, 'start the sandbox', async () => {
      const box = await Box.start(settings, rootfs);
      await this.footprint.lay(box.pid);
      const obstacle = await this.footprint.obstacle();
      if (obstacle) onEvent({ kind: 'warning', message: obstacle });
      return box;
    });
  }

  private context(resolvers: Resolvers): ConfigContext {
    const { net, stateDir } = this.settings;
    return { net, passwords: passwords(stateDir), nameservers: resolvers.nameservers };
  }

  private warnOfChanges(): void {
    const running = readRunning(this.settings);
    if (running.cidr !== this.settings.net.cidr)
      throw new SandboxError(
        `The running sandbox has the network ${running.cidr}, and FIRESTEEL_SANDBOX_NET says ${this.settings.net.cidr}. ` +
          'Use the same value, or another FIRESTEEL_SANDBOX_DIR for a second sandbox.',
      );
    if (JSON.stringify(running.resolvers) !== JSON.stringify(hostResolvers(this.settings.net.host)))
      this.onEvent({
        kind: 'warning',
        message: "this machine's DNS servers changed: sandbox down, then up, to use the new ones",
      });
  }

  private async requireFreeNetwork(): Promise<void> {
    const { net } = this.settings;
    const route = await tryRun('ip', ['-4', 'route', 'show', net.cidr]);
    const address = await tryRun('ip', ['-4', '-o', 'addr', 'show', 'to', net.cidr]);
    const taken = `${address.stdout}${route.stdout}`.trim().split('\n')[0];
    if (taken)
      throw new SandboxError(
        `The sandbox's network ${net.cidr} is in use on this machine (${taken.replaceAll(/\s+/g, ' ')}). ` +
          'Give it another one: FIRESTEEL_SANDBOX_NET=172.24.5.0/24.',
      );
  }
}

/** What any sandbox of this machine stands on now. */
function cachesInUse(): string[] {
  const names = fs.readdirSync(RUN_FOLDER).filter((name) => name.endsWith('.cache'));
  return names.map((name) => fs.readFileSync(path.join(RUN_FOLDER, name), 'utf8'));
}

/** Scripts and programs for inside, so that a sandbox outlives the checkout it was started from. */
function copyAssets(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(path.join(__dirname, 'box'), folder, { recursive: true });
}

/** Replaces the folder by these files, all of them its owner's alone. */
function writeFiles(folder: string, files: Record<string, string>): void {
  fs.rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true, mode: 0o755 });
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  }
}
