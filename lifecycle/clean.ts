import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SavedPlans } from './saved-plan';
import { type SynthesizedStack, synthesizedStacks } from './synth';
import { localStateFile } from './terraform-state';
import type { Workspace } from './workspace';

export interface CleanResult {
  readonly environment: string;
  /** What was removed, as paths within the project. */
  readonly removed: readonly string[];
}

/**
 * Removes what can be made anew of an environment: its reviewed plans, and the folder that Terraform runs in with the
 * providers in it. State, register, secrets and host keys stay.
 */
export function clean(workspace: Workspace, name: string): CleanResult {
  const { projectDir, memoryDir } = workspace;
  const removed: string[] = [];
  const plans = join(memoryDir, 'plans', name);
  if (new SavedPlans(memoryDir, name).removeAll()) removed.push(relative(projectDir, plans));
  const stack = synthesizedStacks(projectDir).get(name);
  const dir = stack && removable(stack);
  if (dir && existsSync(dir)) {
    rmSync(dir, { recursive: true });
    removed.push(relative(projectDir, dir));
  }
  return { environment: name, removed };
}

/** Where the state is elsewhere, Terraform's own note of the place stays: by it a plan that names another is noticed. */
function removable(stack: SynthesizedStack): string {
  return localStateFile(stack) === undefined ? join(stack.dir, '.terraform', 'providers') : stack.dir;
}
