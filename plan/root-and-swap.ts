import { z } from 'zod';
import type { SwapSize } from '../operations/swap';
import { text } from './_fields';
import type { RootDiskPlan } from './cluster-plan';

/** The disk that a server boots from, as a volume of its own. */
export interface RootDiskSpec {
  readonly sizeGiB: number;
  /** Cinder's volume type. @default - the cloud's */
  readonly type?: string;
}

/** A part of the root file system, from `1%` to `90%`, or a size of its own. */
export type SwapSpec = string | { readonly sizeMiB: number };

const PART = /^([1-9]|[1-8]\d|90)%$/;
const NO_SWAP = 'must be a part of the root disk from 1% to 90%, such as 20%, or a size: { sizeMiB: 2048 }';

/** What a group of any kind may say of the disk that its servers boot from, and of their swap. */
export const rootAndSwapFields = {
  root: z
    .strictObject({ sizeGiB: z.number().int().min(1), type: text.optional() })
    .optional()
    .describe("New servers boot from a volume of this size, made from the image; absent: from the flavor's disk."),
  swap: z
    .union([z.string().regex(PART, NO_SWAP), z.strictObject({ sizeMiB: z.number().int().min(1) })])
    .optional()
    .describe('A swap file: a part of the root disk such as 20%, or { sizeMiB: 2048 }; absent: none.'),
};

interface RootAndSwapSpec {
  readonly root?: RootDiskSpec;
  readonly swap?: SwapSpec;
}

/** What is wrong with it, of a plan that no schema has read. */
export function swapProblem({ swap }: RootAndSwapSpec): string | undefined {
  if (swap === undefined) return undefined;
  const right = typeof swap === 'string' ? PART.test(swap) : Number.isInteger(swap.sizeMiB) && swap.sizeMiB >= 1;
  return right ? undefined : NO_SWAP;
}

/** Absent where the group says nothing of it. */
export function rootAndSwapOf({ root, swap }: RootAndSwapSpec): { root?: RootDiskPlan; swap?: SwapSize } {
  return {
    ...(root && { root }),
    ...(swap !== undefined && { swap: typeof swap === 'string' ? { percent: Number.parseInt(swap, 10) } : swap }),
  };
}
