import { z } from 'zod';
import { sh } from '../../operations/shell';
import { GALERA } from './_members';
import { GALERA_GIVEN_UP, GALERA_REGION_STATE } from './_paths';

export { type GaleraRegions, galeraRegions } from './_regions';

/** The role whose groups replicate between regions. */
export const REPLICATED_ROLE = GALERA;

/** Where a plan says which region takes writes. */
export const PRIMARY_PATH = ['settings', GALERA, 'asynchronous', 'primary'] as const;

/** Last number of each region's transactions, by the region's place in the list, from 1. */
const position = z.record(z.string(), z.number());

const regionState = z.object({
  phase: z.string(),
  /** Whether the node takes writes. */
  writes: z.boolean().default(false),
  /** Why the region is not in step; null where it is. */
  problem: z.string().nullable().default(null),
  position: position.default({}),
  /** What was last heard of the region that it replicates from. */
  lead: z
    .object({ region: z.string(), position, heard: z.number() })
    .or(z.object({}).transform(() => undefined))
    .optional(),
});

/** How a server stands between the regions. */
export type RegionState = z.output<typeof regionState>;

/** POSIX sh, run as root on a server: prints what `parseRegionState` reads. */
export const ASK_REGION_STATE = sh`cat ${GALERA_REGION_STATE}`.text;

/** @throws {Error} for what is no such state */
export function parseRegionState(text: string): RegionState {
  return regionState.parse(JSON.parse(text));
}

/** POSIX sh, run as root on the servers of a region: it takes writes without what only the lost one has. */
export const GIVE_UP_THE_REST = sh`touch ${GALERA_GIVEN_UP}`.text;
