import type { Transport } from './transport';

/** A transport that looks and never touches. */
export interface DryRun extends Transport {
  /** The scripts that would have been applied, in order. They may hold secrets. */
  readonly recorded: readonly string[];
}

/** Reads through the given transport; what would be applied is recorded instead. */
export function dryRun(transport: Transport): DryRun {
  const recorded: string[] = [];
  return {
    node: transport.node,
    recorded,
    read: (script, options) => transport.read(script, options),
    apply: async (script) => {
      recorded.push(script);
      return '';
    },
  };
}
