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
import type { Extra } from './extras';
import { Footprint } from './footprint';
import { installHostPackages, loadKernelModules, requireHost } from './host';
import { buildImage, type GuestImage, hasImage, IMAGE, imageDigest, imageIsCurrent, uploadImage } from './image';
import { type SandboxInfo, sandboxInfo } from './info';
import { buildLayer, hasLayer, layerName } from './layer';
import { withLock } from './lock';
import { Milestones } from './milestones';
import { passwords } from './passwords';
import { hostResolvers, type Resolvers } from './resolvers';
import { type BuildOptions, buildRootfs, hasRootfs, rootfsName } from './rootfs';
import { type Running, readRunning, recordExtras, recordNodes, runningFile } from './running';
import { RUN_FOLDER, type SandboxSettings, sandboxSettings } from './settings';

export interface UpOptions {
  /** Compute nodes; 2 for real anti-affinity. Never fewer than the sandbox has already. @default - as it is, else 1 */
  readonly nodes?: 1 | 2;
  /** Services to have besides. Those that the sandbox has already stay. @default - as it is, else none */
  readonly with?: readonly Extra[];
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

/** What a service adds to the root file system. */
interface Layer {
  /** In the cache. */
  readonly name: string;
  readonly root: string;
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
      return sandboxInfo(settings, readRunning(settings));
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
    const { rootfs, resolvers, extras = [], layers = [] } = readRunning(settings);
    const context = this.context(resolvers, extras);
    writeCloudsYaml(settings.clouds, context);
    const nodes = recordNodes(settings, this.options.nodes);
    const { signal } = this.options;
    const { stateDir } = settings;
    return new BringUp(box, { stateDir, milestones, context, resolvers, nodes, rootfs, layers, onEvent, signal }).run();
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
    const extras = recordExtras(settings, this.options.with);
    const layers = await this.layers(extras, rootfs, builds);
    const used = [name, ...layers.map((layer) => layer.name)].map((one) => path.join(settings.cacheDir, one));
    writeFileAtomic.sync(settings.cacheInUse, used.join('\n'));
    removeUnused(settings.cacheDir, cachesInUse());
    const resolvers = hostResolvers(settings.net.host);
    writeFiles(path.join(settings.stateDir, 'config'), configFiles(this.context(resolvers, extras)));
    copyAssets(path.join(settings.stateDir, 'box'));
    const { cidr } = settings.net;
    const running: Running = { rootfs: name, resolvers, cidr, extras, layers: layers.map((layer) => layer.name) };
    writeFileAtomic.sync(runningFile(settings), JSON.stringify(running));
    return step(onEvent, 'start the sandbox', async () => {
      const box = await Box.start(settings, [...layers.map((layer) => layer.root), rootfs]);
      await this.footprint.lay(box.pid);
      const obstacle = await this.footprint.obstacle();
      if (obstacle) onEvent({ kind: 'warning', message: obstacle });
      return box;
    });
  }

  private async layers(extras: readonly Extra[], rootfs: string, builds: BuildOptions): Promise<readonly Layer[]> {
    const layers: Layer[] = [];
    for (const extra of extras) {
      const build = (onLine?: BuildOptions['onLine']) =>
        buildLayer(extra, rootfs, { ...builds, ...(onLine && { onLine }) });
      const root = hasLayer(extra, rootfs, builds)
        ? await build()
        : await step(this.onEvent, `build what ${extra} needs besides`, build);
      layers.push({ name: layerName(extra, rootfs, builds), root });
    }
    return layers;
  }

  private context({ nameservers }: Resolvers, extras: readonly Extra[]): ConfigContext {
    const { net, stateDir } = this.settings;
    return { net, passwords: passwords(stateDir), nameservers, extras };
  }

  private warnOfChanges(): void {
    const running = readRunning(this.settings);
    if (running.cidr !== this.settings.net.cidr)
      throw new SandboxError(
        `The running sandbox has the network ${running.cidr}, and FIRESTEEL_SANDBOX_NET says ${this.settings.net.cidr}. ` +
          'Use the same value, or another FIRESTEEL_SANDBOX_DIR for a second sandbox.',
      );
    const missing = (this.options.with ?? []).filter((extra) => !running.extras?.includes(extra));
    if (missing.length > 0)
      throw new SandboxError(
        `The running sandbox has no service "${missing.join('" and no "')}", which it can get only when it starts: ` +
          `firesteel sandbox down, then up --with ${missing.join(' --with ')}; its servers and networks are there again afterwards.`,
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
  return names.flatMap((name) => fs.readFileSync(path.join(RUN_FOLDER, name), 'utf8').split('\n'));
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
