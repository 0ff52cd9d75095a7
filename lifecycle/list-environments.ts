import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../plan/load-environments';
import { synthesizedStacks } from './synth';
import { parseState, type TerraformState, tryReadLocalState } from './terraform-state';
import type { Workspace } from './workspace';

export interface ListedEnvironment {
  readonly name: string;
  /** `gone`: there is a state, and no file in environments/ any more. */
  readonly kind: 'common' | 'cluster' | 'gone' | 'broken';
  readonly cloud?: string;
  /** Nodes that the plan asks for. */
  readonly planned?: number;
  /** `no`, how many servers and resources there are, or `elsewhere`: then only its backend knows. */
  readonly deployed: string;
  /** What is wrong with its file. */
  readonly problem?: string;
}

/** Every environment of the project, with what its local state says; asks no cloud. */
export async function listEnvironments(workspace: Workspace): Promise<readonly ListedEnvironment[]> {
  return knownEnvironments(workspace).map((name) => listed(workspace, name));
}

/** Names of all environments that have a file or a local state. */
export function knownEnvironments(workspace: Workspace): string[] {
  return [...new Set([...workspace.environmentNames(), ...stateNames(workspace.projectDir)])].sort();
}

/**
 * Whether an environment has something deployed; its backend is asked where the state is no local file.
 * @throws {TerraformError} when that doesn't answer
 */
export async function isDeployed(workspace: Workspace, name: string): Promise<boolean> {
  const environment = tryEnvironment(workspace, name);
  const state = environment
    ? await (await workspace.terraform(environment, undefined, { login: false })).state()
    : localState(workspace.projectDir, name);
  return state === undefined || state.resources.length > 0;
}

function listed(workspace: Workspace, name: string): ListedEnvironment {
  const deployed = describeState(localState(workspace.projectDir, name));
  if (!workspace.environmentNames().includes(name)) return { name, kind: 'gone', deployed };
  try {
    const environment = workspace.environment(name);
    const { cloud } = environment.plan;
    const found = isKeptElsewhere(workspace, environment) ? describeState(undefined) : deployed;
    return {
      name,
      kind: environment.kind,
      ...(cloud !== undefined && { cloud }),
      ...planned(environment),
      deployed: found,
    };
  } catch (error) {
    return { name, kind: 'broken', deployed, problem: (error as Error).message.split('\n')[0]! };
  }
}

function isKeptElsewhere(workspace: Workspace, { kind, plan }: Environment): boolean {
  const shared = kind === 'cluster' ? tryEnvironment(workspace, plan.common)?.plan.state : undefined;
  const { backend } = plan.state ?? shared ?? { backend: 'local' };
  return backend !== 'local';
}

/** undefined where its file is gone or broken. */
function tryEnvironment(workspace: Workspace, name: string): Environment | undefined {
  try {
    return workspace.environment(name);
  } catch {
    return undefined;
  }
}

function planned(environment: Environment): { planned?: number } {
  if (environment.kind === 'common') return {};
  return { planned: environment.plan.groups.reduce((sum, { numbers }) => sum + numbers.length, 0) };
}

function describeState(state: TerraformState | undefined): string {
  if (!state) return 'elsewhere';
  const { resources } = state;
  if (resources.length === 0) return 'no';
  const servers = resources.filter(({ type }) => type === 'openstack_compute_instance_v2').length;
  return servers > 0 ? `${servers} servers` : `${resources.length} resources`;
}

/** cdktf keeps the local state of stack `dev` in `terraform.dev.tfstate` of the project's folder. */
const STATE_FILE = /^terraform\.(.+)\.tfstate$/;

function stateNames(projectDir: string): string[] {
  return readdirSync(projectDir).flatMap((file) => STATE_FILE.exec(file)?.[1] ?? []);
}

function localState(projectDir: string, name: string): TerraformState | undefined {
  const stack = tryStack(projectDir, name);
  if (stack) return tryReadLocalState(stack);
  try {
    return parseState(readFileSync(join(projectDir, `terraform.${name}.tfstate`), 'utf8'));
  } catch {
    return { outputs: {}, resources: [] };
  }
}

function tryStack(projectDir: string, name: string) {
  try {
    return synthesizedStacks(projectDir).get(name);
  } catch {
    return undefined;
  }
}
