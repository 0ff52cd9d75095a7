import type { Role } from '../roles/role';
import { waveOf } from '../roles/start-waves';
import type { Member } from './context';

type Waves = readonly (readonly Role[])[];

/** @throws {Error} for a batch of no nodes */
export function checkBatchSize(size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new Error(`batch: ${size} is no number of nodes to change at a time; write a whole number from 1`);
}

/**
 * Those that have their turn together, and first: of one group, and of one with a role that others start after, only one.
 * @param members in the order of their turns
 * @param waves the cluster's roles in the order of their start
 */
export function firstBatch(members: readonly Member[], waves: Waves, size: number): readonly Member[] {
  const awaited = new Set(waves.flat().flatMap((role) => role.after ?? []));
  const alone = members[0]?.roles.some(({ name }) => awaited.has(name));
  return members.filter(({ deployed }) => deployed.group === members[0]!.deployed.group).slice(0, alone ? 1 : size);
}

/**
 * All of them in such batches: a group whose last role starts earlier comes earlier, and of one wave, what comes first.
 * @throws {Error} for a batch of no nodes
 */
export function batchesOf(members: readonly Member[], waves: Waves, size: number): readonly (readonly Member[])[] {
  checkBatchSize(size);
  const lastWave = ({ roles }: Member): number => Math.max(0, ...roles.map((role) => waveOf(role, waves)));
  let left: readonly Member[] = [...members].sort((a, b) => lastWave(a) - lastWave(b));
  const batches: (readonly Member[])[] = [];
  while (left.length > 0) {
    const next = firstBatch(left, waves, size);
    batches.push(next);
    left = left.filter((member) => !next.includes(member));
  }
  return batches;
}
