import { listClouds } from '../cloud/credentials';
import { loadEnvironment } from '../plan/load-environments';
import { PlanError } from '../plan/plan-error';
import { toolEnvironment } from '../tools/tool-environment';
import type { Workspace } from './workspace';

/**
 * Variables of a shell in which plain `cdktf deploy dev` works: where Terraform and the provider are, and the clouds.yaml
 * of the clouds that the project's plans name, where it is none of the usual places.
 */
export async function shellEnvironment(workspace: Workspace): Promise<Record<string, string>> {
  const { onProgress, signal } = workspace.options;
  const tools = await toolEnvironment({
    env: workspace.env,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const cloudsFile = furtherCloudsFile(workspace);
  return { ...tools, ...ONE_STACK_AT_A_TIME, ...(cloudsFile !== undefined && { OS_CLIENT_CONFIG_FILE: cloudsFile }) };
}

/** `cdktf deploy common dev` would begin both at once, and dev would not find by name what common is still making. */
const ONE_STACK_AT_A_TIME = { CDKTF_PARALLELISM: '1' } as const;

/** The further clouds.yaml that knows the clouds of the plans; none where the usual places know them. */
function furtherCloudsFile(workspace: Workspace): string | undefined {
  const { furtherCloudsFiles = [] } = workspace.options;
  const names = new Set(workspace.environmentNames().map((name) => cloudOf(workspace, name)));
  const clouds = listClouds({ env: workspace.env, cwd: workspace.projectDir, furtherFiles: furtherCloudsFiles });
  const files = clouds.filter(({ name }) => names.has(name)).map(({ place }) => place.replace(/:\d+$/, ''));
  return files.find((file) => furtherCloudsFiles.includes(file));
}

/** A plan that something is wrong with names no cloud: it is not for here to say what. */
function cloudOf(workspace: Workspace, environment: string): string | undefined {
  try {
    return loadEnvironment(workspace.projectDir, environment).plan.cloud;
  } catch (error) {
    if (error instanceof PlanError) return undefined;
    throw error;
  }
}
