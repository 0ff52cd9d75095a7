import { existsSync } from 'node:fs';
import type { Session } from './session';

/** Name of the sandbox's cloud. */
export const SANDBOX = 'sandbox';

export interface CloudChoice {
  readonly cloud?: string;
  readonly openrc?: string;
}

/** Whether nobody has said in any way which cloud is meant. */
export function namesNoCloud({ env }: Pick<Session, 'env'>, { cloud, openrc }: CloudChoice): boolean {
  return cloud === undefined && openrc === undefined && !env.OS_CLOUD && !env.OS_AUTH_URL;
}

/** The cloud by name, where one is named; the sandbox where nothing is, it is there, and the user has no clouds.yaml. */
export async function chosenCloud(session: Session, choice: CloudChoice): Promise<string | undefined> {
  if (!namesNoCloud(session, choice)) return choice.cloud;
  const [{ listClouds }, { sandboxSettings }] = await Promise.all([
    import('../cloud/credentials'),
    import('../sandbox/settings'),
  ]);
  const own = listClouds({ env: session.env, cwd: session.dir });
  return own.length === 0 && existsSync(sandboxSettings(session.env).clouds) ? SANDBOX : undefined;
}
