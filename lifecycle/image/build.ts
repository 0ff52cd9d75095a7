import { writeFileSync } from 'node:fs';
import { withCredentials } from '../../cloud/credentials-env';
import type { OpenStack } from '../../cloud/openstack';
import { fetchArtifact } from '../../configure/artifacts';
import { openDoor, tcpTo } from '../../configure/door';
import { wantedArtifacts } from '../../configure/node-steps';
import { packerTemplate, type TemplateOptions, userDataFor, WAIT_FILE } from '../../packer/template';
import { waitScript } from '../../packer/wait-script';
import { BAKED_PREFIX, BUILD_PREFIX, isBakedName } from '../../plan/baked-image';
import type { Timeouts } from '../../plan/cluster-plan';
import type { CommonEnvironment } from '../../plan/load-environments';
import { phase } from '../_phase';
import { InterruptedError, UsageError } from '../errors';
import { up } from '../up';
import type { Workspace } from '../workspace';
import { type BastionWay, bastionWay } from './bastion-way';
import { BuildFolder } from './build-folder';
import { imageCommon } from './common';
import { type ContentsWishes, type ImageContents, imageContents } from './contents';
import { hasNetwork, makeGround } from './ground';
import { type BuildKey, makeBuildKey } from './key';
import { foreignProperties, labelOf } from './label';
import { clearBuild, clearLeftBuilds, placeOf } from './leftovers';
import { Packer } from './packer';
import { provision } from './provision';
import { type BuildTarget, findTarget, type TargetWishes } from './target';

export interface BuildImageOptions extends ContentsWishes, TargetWishes {
  /** Begins with `firesteel-`. @default - `firesteel-` and what is in it; that of the environment's image where it is such a one */
  readonly name?: string;
  /** Name of the common environment that says cloud, network and access. @default - the environment's, `common`, or the only one */
  readonly common?: string;
  /** Name of a deployed environment whose bastion leads to the server. @default - it gets a floating IP, where there are any */
  readonly through?: string;
  readonly availabilityZone?: string;
  readonly timeouts?: Partial<Timeouts>;
  /** Accept the first host key that the server shows where the cloud gives no console log. @default false */
  readonly trustOnFirstUse?: boolean;
}

export interface BuiltImage {
  readonly id: string;
  readonly name: string;
  /** Names of the roles in it. */
  readonly roles: readonly string[];
  /** e.g. `spark-4.1.1` */
  readonly software: readonly string[];
  /** Name of the image that it was built from. */
  readonly source: string;
  readonly flavor: string;
  readonly packer: string;
  readonly seconds: number;
}

const TIMEOUTS = { serverSeconds: 600, sshSeconds: 300, cloudInitSeconds: 600 };
const SSH = 22;

/**
 * Builds an image in the cloud: Packer makes a server and an image of it, between which the roles are installed over a
 * connection of our own, and the server is sealed. Whatever else was made for it is gone afterwards, also when it fails or
 * is interrupted; what a killed build left is cleared by the next.
 * @throws {UsageError} before anything is made, with everything that is wrong @throws {CloudError}
 */
export async function buildImage(workspace: Workspace, options: BuildImageOptions = {}): Promise<BuiltImage> {
  const began = Date.now();
  const contents = imageContents(workspace, options);
  const name = options.name ?? usualName(contents);
  refuseName(name);
  const common = imageCommon(workspace, options.common, contents.cluster);
  const cloud = await workspace.cloud(common);
  const { onProgress } = workspace.options;
  const target = await phase(onProgress, { subject: name, phase: 'preflight' }, () =>
    findTarget(cloud, common, contents, name, options),
  );
  await clearLeftBuilds(cloud, workspace.env, onProgress);
  const folder = BuildFolder.make(workspace.env, placeOf(cloud));
  const build = new ImageBuild(workspace, { common, cloud, contents, target, name, folder, options });
  const { id, packer } = await build.run();
  const software = labelOf(id, contents, target).firesteel_software ?? '';
  return {
    ...{ id, name, packer, source: target.source.name, flavor: target.flavor.name },
    roles: contents.roles.map((role) => role.name),
    software: software.split(',').filter(Boolean),
    seconds: Math.round((Date.now() - began) / 100) / 10,
  };
}

interface BuildParts {
  readonly common: CommonEnvironment;
  readonly cloud: OpenStack;
  readonly contents: ImageContents;
  readonly target: BuildTarget;
  readonly name: string;
  readonly folder: BuildFolder;
  readonly options: BuildImageOptions;
}

/** One build, from its folder to the finished image. */
class ImageBuild {
  constructor(
    private readonly workspace: Workspace,
    private readonly parts: BuildParts,
  ) {}

  async run(): Promise<{ readonly id: string; readonly packer: string }> {
    const { folder } = this.parts;
    let through: BastionWay | undefined;
    try {
      const key = await makeBuildKey(folder);
      const packer = await this.#packer(key);
      await this.#network();
      if (this.parts.options.through !== undefined)
        through = await bastionWay(this.workspace, this.parts.options.through);
      const id = await this.#build(packer, key, through);
      await this.#publish(id);
      return { id, packer: packer.version };
    } catch (error) {
      if (this.workspace.options.signal?.aborted) throw new InterruptedError();
      throw error;
    } finally {
      through?.close();
      await this.#clear();
    }
  }

  /** Is found, and has its plugin, before anything is made. */
  async #packer({ publicKey }: BuildKey): Promise<Packer> {
    const { cloud, common, folder } = this.parts;
    const { signal, onProgress } = this.workspace.options;
    const credentials = await this.workspace.credentials(common);
    const env = withCredentials(this.workspace.env, {
      ...credentials,
      ...(cloud.region !== undefined && { region: cloud.region }),
    });
    const packer = await Packer.find(folder, { env, ...(signal && { signal }), ...(onProgress && { onProgress }) });
    writeFileSync(folder.file(WAIT_FILE), waitScript(process.pid), { mode: 0o600 });
    await packer.validate(packerTemplate(this.#template({ publicKey, port: folder.name, sshPort: SSH })));
    return packer;
  }

  /** As `up` of an environment does, makes what all share where it is not there yet. */
  async #network(): Promise<void> {
    const { cloud, common } = this.parts;
    if (common.plan.network.kind === 'new' && !(await hasNetwork(cloud, common))) await up(this.workspace, common.name);
  }

  async #build(packer: Packer, key: BuildKey, through: BastionWay | undefined): Promise<string> {
    const { cloud, common, contents, target, folder, options } = this.parts;
    const { onProgress, signal } = this.workspace.options;
    const mirrors = contents.settings.egress !== 'none';
    const about = { subject: folder.name, phase: 'network' };
    const ground = await phase(onProgress, about, () =>
      makeGround(cloud, common, { name: folder.name, mirrors, ...(through && { through }) }),
    );
    signal?.throwIfAborted();
    const door = await openDoor(() => (through ? through.to(ground.address, SSH) : tcpTo(ground.address, SSH)));
    const ended = new AbortController();
    const fetching = this.#fetch(ended.signal);
    try {
      const template = packerTemplate(
        this.#template({ publicKey: key.publicKey, port: ground.port, sshPort: door.port }),
      );
      const packing = phase(onProgress, { subject: folder.name, phase: 'packer' }, () => packer.build(template));
      const provisioning = provision(cloud, {
        ...{ folder, contents, user: target.user, identity: key.identity, sshPort: door.port, port: ground.port },
        timeouts: { ...TIMEOUTS, ...options.timeouts },
        trustOnFirstUse: options.trustOnFirstUse ?? false,
        note: this.#note(),
        ...(onProgress && { onProgress }),
        signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
      });
      return await bothEnd(packing, provisioning, ended);
    } finally {
      ended.abort();
      await fetching;
      await door.close();
    }
  }

  /** While the server is still being made. A failure is told by whoever needs the file. */
  async #fetch(signal: AbortSignal): Promise<void> {
    const { roles, settings } = this.parts.contents;
    const { onProgress } = this.workspace.options;
    const artifacts = wantedArtifacts({ settings }, roles);
    await Promise.allSettled(
      artifacts.map((artifact) => fetchArtifact(artifact, { ...(onProgress && { onProgress }), signal })),
    );
  }

  /** The image has its name, and is anybody's to use, only when it is whole and says what is in it. */
  async #publish(id: string): Promise<void> {
    const { cloud, contents, target, name } = this.parts;
    const properties = labelOf(id, contents, target);
    const image = await cloud.image.tryImage(id);
    if (!image) throw new Error(`the image ${id} that Packer made is gone`);
    await cloud.image.label(id, { name, properties, without: foreignProperties(image, properties) });
  }

  /** Also after Ctrl-C, by a login that it does not end. What could not be cleared is for the next build. */
  async #clear(): Promise<void> {
    const { common, folder } = this.parts;
    const { onProgress } = this.workspace.options;
    try {
      const [cloud] = await this.workspace.lastingClouds(common);
      try {
        await phase(onProgress, { subject: folder.name, phase: 'clear' }, () => clearBuild(cloud!, folder.name));
      } finally {
        await cloud!.close();
      }
      folder.remove();
    } catch (error) {
      onProgress?.({ subject: folder.name, phase: 'clear', state: 'warn', text: (error as Error).message });
    }
  }

  #note(): string {
    const { contents, name, target } = this.parts;
    // Its id is not known before it is made.
    return JSON.stringify({ name, ...labelOf('', contents, target), firesteel_image: undefined });
  }

  #template(own: Pick<TemplateOptions, 'port' | 'sshPort'> & { readonly publicKey: string }): TemplateOptions {
    const { cloud, target, folder, options } = this.parts;
    const { serverSeconds, sshSeconds } = { ...TIMEOUTS, ...options.timeouts };
    return {
      ...{ name: folder.name, sourceImage: target.source.id, flavor: target.flavor.id, port: own.port },
      ...(cloud.region !== undefined && { region: cloud.region }),
      ...(options.availabilityZone !== undefined && { availabilityZone: options.availabilityZone }),
      verify: cloud.credentials.verify,
      ...{ user: target.user, sshPort: own.sshPort, sshSeconds: serverSeconds + sshSeconds },
      userData: userDataFor(own.publicKey),
    };
  }
}

/**
 * Packer ends early where it fails, and we do: the one that failed first says why. Neither is left alone.
 * @param ended aborted when Packer has ended: there is nothing to work on any more
 */
async function bothEnd(packing: Promise<string>, provisioning: Promise<void>, ended: AbortController): Promise<string> {
  let first: Error | undefined;
  const note = (error: Error): void => {
    first ??= error;
  };
  const [packed] = await Promise.allSettled([
    packing.catch((error: Error) => {
      note(error);
      ended.abort(error);
      throw error;
    }),
    provisioning.catch((error: Error) => {
      note(error);
      throw error;
    }),
  ]);
  if (first) throw first;
  return (packed as PromiseFulfilledResult<string>).value;
}

function usualName({ label, cluster }: ImageContents): string {
  const planned = cluster?.plan.groups.map(({ image }) => image).find(isBakedName);
  return planned ?? `${BAKED_PREFIX}${label.replaceAll(',', '-')}`;
}

/** @throws {UsageError} */
function refuseName(name: string): void {
  if (isBakedName(name) && !name.startsWith(BUILD_PREFIX) && /^[\w.-]{1,200}$/.test(name)) return;
  throw new UsageError(
    `no image can be called "${name}": the name begins with "${BAKED_PREFIX}", by which plans know that roles are in it, not with "${BUILD_PREFIX}", and has letters, digits, ".", "_" and "-"`,
  );
}
