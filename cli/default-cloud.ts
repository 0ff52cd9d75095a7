import { existsSync } from 'node:fs';
import { sandboxCloudsFile } from './sandbox-clouds';
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
  const { listClouds } = await import('../cloud/credentials');
  const own = listClouds({ env: session.env, cwd: session.dir });
  if (own.length > 0) return undefined;
  const cloudsFile = await sandboxCloudsFile(session.env);
  return cloudsFile !== undefined && existsSync(cloudsFile) ? SANDBOX : undefined;
}
