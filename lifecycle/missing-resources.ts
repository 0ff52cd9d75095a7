import type { SynthesizedStack } from './synth';
import type { TerraformState } from './terraform-state';

/** A synthesized stack and what of it exists already. */
export interface StackAndState {
  readonly stack: SynthesizedStack;
  readonly state: TerraformState;
}

export interface MissingResource {
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Resources that a stack asks for and its state doesn't know: they are still to be made. */
export function missingResources({ stack, state }: StackAndState): readonly MissingResource[] {
  const known = new Set(state.resources.map(({ type, name }) => `${type}.${name}`));
  return Object.entries(stack.config.resource ?? {}).flatMap(([type, resources]) =>
    Object.entries(resources)
      .filter(([name]) => !known.has(`${type}.${name}`))
      .map(([, attributes]) => ({ type, attributes })),
  );
}
