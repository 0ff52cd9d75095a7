import type { StateMove } from './_state-home';
import type { Workspace } from './workspace';

export interface MoveStateResult extends Partial<StateMove> {
  readonly environment: string;
  /** false where the state was in its place already. */
  readonly moved: boolean;
}

/**
 * Moves the Terraform state of an environment from where it was to where its plan now says. Asks no cloud, and changes
 * nothing in it.
 * @throws {RefusedError} when another state is there @throws {TerraformError}
 */
export async function moveState(workspace: Workspace, name: string): Promise<MoveStateResult> {
  const environment = workspace.environment(name);
  const terraform = await workspace.terraform(environment, undefined, { login: false });
  const move = await terraform.moveState();
  return { environment: name, moved: move !== undefined, ...move };
}
