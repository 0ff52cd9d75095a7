import type { NetworkService } from '../cloud/network';
import { MirrorsDoor } from '../configure/mirrors-door';
import { closeMirrors, mirrorsRules } from '../configure/mirrors-rules';
import type { ClusterEnvironment } from '../plan/load-environments';
import type { Egress } from '../roles/settings';
import type { Workspace } from './workspace';

/** Whether the nodes of a cluster reach package mirrors now. */
export interface MirrorsState {
  /** What the plan says. */
  readonly egress: Egress;
  readonly open: boolean;
  /** They are open and should not be: a run that installs is under way, or one was cut off. */
  readonly left: boolean;
  /** Why it could not be found out; it is not known then whether they are open. */
  readonly unknown?: string;
}

/** What opens package mirrors while `configure` installs; undefined where they are open always. */
export function mirrorsDoorOf(workspace: Workspace, environment: ClusterEnvironment): MirrorsDoor | undefined {
  if (environment.plan.settings.egress === 'open') return undefined;
  const { onProgress } = workspace.options;
  return new MirrorsDoor({
    environment: environment.name,
    clouds: () => workspace.lastingClouds(environment),
    ...(onProgress && { onProgress }),
  });
}

/** Asks the cloud; never rejects. */
export async function mirrorsState(workspace: Workspace, environment: ClusterEnvironment): Promise<MirrorsState> {
  const { egress } = environment.plan.settings;
  if (egress === 'open') return { egress, open: true, left: false };
  try {
    const rules = await inEach(workspace, environment, (network) => mirrorsRules(network, environment.name));
    const open = rules.flat().length > 0;
    return { egress, open, left: open };
  } catch (error) {
    return { egress, open: false, left: false, unknown: (error as Error).message };
  }
}

/**
 * Closes what a run that was cut off has left open. Where the plan wants them open by now, the cloud would refuse
 * Terraform's rules while ours say the same.
 * @throws {CloudError}
 */
export async function closeLeftMirrors(workspace: Workspace, environment: ClusterEnvironment): Promise<void> {
  await inEach(workspace, environment, (network) => closeMirrors(network, environment.name));
}

async function inEach<T>(
  workspace: Workspace,
  environment: ClusterEnvironment,
  work: (network: NetworkService) => Promise<T>,
): Promise<readonly T[]> {
  const clouds = await workspace.clouds(environment);
  return Promise.all(clouds.map(({ network }) => work(network)));
}
