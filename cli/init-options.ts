import { existsSync } from 'node:fs';
import type { InitOptions } from '../lifecycle/init';
import type { SandboxInfo } from '../sandbox/info';
import type { SandboxSettings } from '../sandbox/settings';
import { chosenCloud, SANDBOX } from './default-cloud';
import type { CloudOptions } from './options';
import type { Session } from './session';

export interface InitCommandOptions extends CloudOptions {
  readonly cloud?: string;
  readonly flavor?: string;
  readonly image?: string;
  readonly network?: string;
  readonly workers?: number;
  readonly access?: readonly string[];
}

/** The sandbox's own flavors begin below what Spark is comfortable with elsewhere. */
const SANDBOX_FLAVOR = 'm1.small';

/** What the user has said, and what the sandbox alone can tell where that is the cloud. */
export async function initOptions(session: Session, options: InitCommandOptions): Promise<InitOptions> {
  const { sandboxSettings } = await import('../sandbox/settings');
  const settings = sandboxSettings(session.env);
  const cloud = await chosenCloud(session, options);
  const isSandbox = options.openrc === undefined && (cloud ?? session.env.OS_CLOUD) === SANDBOX;
  const sandbox = isSandbox ? await tryRunningSandbox(settings) : undefined;
  const { flavor, image, network, workers, access, openrc } = options;
  return {
    projectDir: session.dir,
    credentials: {
      env: session.env,
      cwd: session.dir,
      furtherFiles: [settings.clouds],
      ...(cloud !== undefined && { cloud }),
      ...(openrc !== undefined && { openrc }),
      ...(session.interactive && { askPassword: session.askSecret }),
    },
    ...(sandbox && sandboxChoices(sandbox)),
    ...(flavor !== undefined && { flavor }),
    ...(image !== undefined && { image }),
    ...(network !== undefined && { network }),
    ...(workers !== undefined && { workers }),
    ...(access && { access: access.map((range) => ({ range, why: 'as asked for' })) }),
    onProgress: session.onProgress,
    signal: session.signal,
  };
}

function sandboxChoices({
  nameservers,
  hostAddress,
}: SandboxInfo): Pick<InitOptions, 'flavor' | 'nameservers' | 'access'> {
  return {
    flavor: SANDBOX_FLAVOR,
    nameservers,
    access: [{ range: `${hostAddress}/32`, why: "this machine, on the sandbox's network" }],
  };
}

/** undefined where the user's own clouds.yaml calls some other cloud so. */
async function tryRunningSandbox(settings: SandboxSettings): Promise<SandboxInfo | undefined> {
  if (!existsSync(settings.clouds)) return undefined;
  const [{ readRunning }, { sandboxInfo }] = await Promise.all([
    import('../sandbox/running'),
    import('../sandbox/info'),
  ]);
  return sandboxInfo(settings, readRunning(settings).resolvers.nameservers);
}
