import { existsSync } from 'node:fs';
import type { InitOptions } from '../lifecycle/init';
import type { SandboxInfo } from '../sandbox/info';
import { chosenCloud, SANDBOX } from './default-cloud';
import { type CloudOptions, openrcPath } from './options';
import { sandboxCloudsFile } from './sandbox-clouds';
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
  const cloud = await chosenCloud(session, options);
  const isSandbox = options.openrc === undefined && (cloud ?? session.env.OS_CLOUD) === SANDBOX;
  const sandbox = isSandbox ? await tryRunningSandbox(session.env) : undefined;
  const cloudsFile = await sandboxCloudsFile(session.env);
  const { flavor, image, network, workers, access } = options;
  return {
    projectDir: session.dir,
    credentials: {
      env: session.env,
      cwd: session.dir,
      ...(cloudsFile !== undefined && { furtherFiles: [cloudsFile] }),
      ...(cloud !== undefined && { cloud }),
      ...openrcPath(session, options),
      ...(session.interactive && { askPassword: session.askPassword }),
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
async function tryRunningSandbox(env: NodeJS.ProcessEnv): Promise<SandboxInfo | undefined> {
  const cloudsFile = await sandboxCloudsFile(env);
  if (cloudsFile === undefined || !existsSync(cloudsFile)) return undefined;
  const [{ sandboxSettings }, { readRunning }, { sandboxInfo }] = await Promise.all([
    import('../sandbox/settings'),
    import('../sandbox/running'),
    import('../sandbox/info'),
  ]);
  const settings = sandboxSettings(env);
  return sandboxInfo(settings, readRunning(settings));
}
