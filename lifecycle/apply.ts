import type { Environment } from '../plan/load-environments';
import { writeRegister } from '../plan/node-register';
import { ApplyMark } from './_apply-mark';
import { clearStrays } from './_clear-strays';
import { whileFaultsPass } from './_passing-faults';
import { serverFaults } from './_server-faults';
import { isStateLocked } from './_terraform-messages';
import { TerraformError } from './errors';
import { closeLeftMirrors } from './mirrors';
import type { PlannedChange } from './planned-changes';
import type { StackPlan, Terraform } from './terraform';
import type { Workspace } from './workspace';

export interface ApplyOptions {
  /** The command that goes on after a failure, e.g. `firesteel up dev`. */
  readonly goOn: string;
  /** Makes a plan of what is left after a fault of the APIs that passes, and throws where it is not to be carried out. */
  readonly planRest: () => Promise<StackPlan>;
}

/**
 * Carries out a plan of Terraform's on an environment's stack, and makes sure that a run which is cut off leaves nothing
 * that the next one doesn't find. Where the APIs were too busy or out of order for a moment, it goes on by itself.
 * @returns how many resources were changed
 * @throws {TerraformError} with what the cloud says of servers that failed
 */
export async function applyPlan(
  workspace: Workspace,
  terraform: Terraform,
  plan: StackPlan,
  environment: Environment,
  { goOn, planRest }: ApplyOptions,
): Promise<number> {
  const { name } = terraform.stack;
  // Names are a contract: which nodes there are is known before the first of them is.
  if (environment.kind === 'cluster') writeRegister(environment.registerFile, environment.register);
  const mark = new ApplyMark(workspace.memoryDir, name);
  try {
    await whileFaultsPass(name, { ...workspace.options, phase: 'apply' }, async (number) => {
      const next = number === 1 ? plan : await planRest();
      // By a run before this one, or by a fault in the try before.
      const isCutOff = mark.since !== undefined;
      if (isCutOff) await clearStrays(workspace, environment, terraform);
      if (next.empty) return;
      if (environment.kind === 'cluster' && next.changes.some(makesRule))
        await closeLeftMirrors(workspace, environment);
      mark.set();
      await terraform.apply(next).catch((error: Error) => {
        // Another run is at work, and what it makes is no stray of ours.
        if (isLocked(error) && !isCutOff) mark.clear();
        throw error;
      });
    });
    mark.clear();
  } catch (error) {
    if (!(error instanceof TerraformError) || isLocked(error)) throw error;
    const faults = await serverFaults(workspace, environment);
    const next = `What was made is kept: "${goOn}" goes on from there, "firesteel plan ${name} --to destroy" and "firesteel down ${name}" remove it.`;
    throw new TerraformError([error.message, ...faults, next].join('\n'), error.environment, error.diagnostics);
  }
  return plan.changes.length;
}

function makesRule({ type, action }: PlannedChange): boolean {
  return type === 'openstack_networking_secgroup_rule_v2' && action !== 'delete';
}

function isLocked(error: Error): boolean {
  return error instanceof TerraformError && isStateLocked(error.diagnostics);
}
