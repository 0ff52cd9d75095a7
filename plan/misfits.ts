import type { Role } from '../roles/role';
import type { Settings } from '../roles/settings';

/** So many nodes with these roles. */
export interface Holder {
  readonly roles: readonly Role[];
  readonly count: number;
}

/** A role that can't work in a cluster of such numbers, and who has it. */
export interface Misfit<H extends Holder> {
  readonly holder: H;
  /** e.g. `zookeeper: must be on 1, 3 or 5 nodes, got 2`. */
  readonly message: string;
}

/**
 * What roles say against the numbers of nodes that a cluster is to have in one region.
 * @param regions names of all regions of the plan, none where it is in one @default - roles are not told
 */
export function misfits<H extends Holder>(
  holders: readonly H[],
  settings: Settings,
  regions?: readonly string[],
): readonly Misfit<H>[] {
  const having = (name: string) => holders.filter(({ roles }) => roles.some((role) => role.name === name));
  const count = (name: string): number => having(name).reduce((sum, holder) => sum + holder.count, 0);
  const all = new Map(holders.flatMap(({ roles }) => roles.map((role) => [role.name, role] as const)));
  return [...all.values()].flatMap((role) => {
    const message = role.fits?.({ settings, count, ...(regions && { regions }) });
    return message === undefined ? [] : [{ holder: having(role.name)[0]!, message: `${role.name}: ${message}` }];
  });
}
