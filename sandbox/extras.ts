/** Services that a sandbox has only where it is asked for them. */
export const EXTRAS = ['dns'] as const;

export type Extra = (typeof EXTRAS)[number];
