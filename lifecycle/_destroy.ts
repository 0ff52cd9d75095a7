import type { ProgressListener } from '../plan/progress';
import { type Diagnostic, isStateLocked } from './_terraform-messages';
import { TerraformError } from './errors';
import type { StackPlan, Terraform } from './terraform';

const TRIES = 3;

export interface DestroyOptions {
  /** The plan to begin with. @default - one that is made now */
  readonly plan?: StackPlan;
  /** Looks at every plan that is made on the way, and throws where it is not to be carried out. */
  readonly check: (plan: StackPlan) => void;
  /** Called when nobody else is at work on the stack, before its resources go. */
  readonly beforeApply: () => Promise<void>;
  readonly onProgress?: ProgressListener;
}

/**
 * Destroys what a stack's state has, whatever else the cloud has lost meanwhile: what the stack stood on, or parts of
 * the stack itself. What stood in the way a moment ago is tried again.
 * @throws {TerraformError} of the last try
 */
export async function destroyStack(terraform: Terraform, options: DestroyOptions): Promise<void> {
  const { check, beforeApply, onProgress } = options;
  for (let left = TRIES - 1, first = options.plan; ; left--, first = undefined) {
    try {
      const plan = first ?? (await terraform.checked(await planDestruction(terraform), check));
      await beforeApply();
      if (!plan.empty) await terraform.apply(plan);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof TerraformError) || !isWorthAnother(error.diagnostics)) throw error;
      const text = `trying again: ${error.message}`;
      onProgress?.({ subject: terraform.stack.name, phase: 'apply', state: 'warn', text });
      await forgetMissing(terraform, error.diagnostics);
    }
  }
}

/**
 * Where what it stood on is gone, the cloud can't be compared with the state, which is then believed.
 * @param file where the plan is kept. @default - it is made to be applied at once
 */
export async function planDestruction(terraform: Terraform, file?: string): Promise<StackPlan> {
  const options = { destroy: true, ...(file !== undefined && { file }) };
  try {
    return await terraform.plan(options);
  } catch (error) {
    if (!(error instanceof TerraformError) || !error.diagnostics.some(isAboutData)) throw error;
    return terraform.plan({ ...options, refresh: false });
  }
}

function isAboutData({ address }: Diagnostic): boolean {
  return address?.startsWith('data.') ?? false;
}

function isWorthAnother(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.length > 0 && !isStateLocked(diagnostics);
}

/** Of some resources the provider calls it an error when they are gone already. */
async function forgetMissing(terraform: Terraform, diagnostics: readonly Diagnostic[]): Promise<void> {
  const gone = new Set(diagnostics.flatMap(({ summary, detail }) => missingIds(`${summary} ${detail ?? ''}`)));
  const { resources } = await terraform.state();
  const missing = resources.filter(({ id }) => gone.has(id)).map(({ type, name }) => `${type}.${name}`);
  if (missing.length > 0) await terraform.forget(missing);
}

/** Ids at the end of the addresses that the cloud has answered "not found" to. */
export function missingIds(text: string): string[] {
  const reports = text.matchAll(/Resource not found: \[\w+ ([^\]]+)\]|\[\w+ ([^\]]+)\], but got 404 instead/g);
  return [...reports].flatMap(([, named, numbered]) => (named ?? numbered)?.split('/').at(-1) ?? []);
}
