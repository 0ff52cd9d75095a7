import type { Role } from '../roles/role';
import { waveOf } from '../roles/start-waves';
import { checkBatchSize, firstBatch } from './batches';
import type { Member } from './context';

export interface TurnsOptions {
  /** Nodes that are at work from the start. */
  readonly members: readonly Member[];
  /** The cluster's roles in the order of their start: what others wait for has its turn first. */
  readonly waves: readonly (readonly Role[])[];
  /** How many nodes of one group have their turn at a time; those with a role that others start after, one. */
  readonly batch: number;
}

interface Waiting {
  readonly member: Member;
  /** Of the earliest role that is interrupted. */
  readonly wave: number;
  readonly begin: () => void;
  readonly giveUp: (reason: Error) => void;
}

/**
 * Lets nodes whose services are interrupted do that batch by batch: a batch begins when no node is at work any more, and
 * none has failed.
 */
export class Turns {
  readonly #atWork: Set<Member>;
  readonly #failed: string[] = [];
  #waiting: readonly Waiting[] = [];

  /** @throws {Error} for a batch of no nodes */
  constructor(private readonly options: TurnsOptions) {
    checkBatchSize(options.batch);
    this.#atWork = new Set(options.members);
  }

  /**
   * Resolves when it is the node's turn.
   * @param roles those that will be interrupted
   * @throws {Error} when a node before it has failed
   */
  wait(member: Member, roles: readonly Role[]): Promise<void> {
    const turn = new Promise<void>((begin, giveUp) => {
      this.#waiting = [...this.#waiting, { member, wave: this.#firstWave(roles), begin, giveUp }];
    });
    this.#leave(member);
    return turn;
  }

  /** The node is done with. */
  ended(member: Member, ok: boolean): void {
    if (!ok) this.#failed.push(member.deployed.name);
    this.#leave(member);
  }

  #leave(member: Member): void {
    this.#atWork.delete(member);
    if (this.#atWork.size > 0) return;
    const next = this.#failed.length > 0 ? this.#waiting : this.#nextBatch();
    this.#waiting = this.#waiting.filter((one) => !next.includes(one));
    const failed = this.#failed.join(', ');
    for (const one of next) {
      if (failed !== '') one.giveUp(new Error(`not begun because ${failed} failed`));
      else this.#atWork.add(one.member);
    }
    if (failed === '') for (const { begin } of next) begin();
  }

  /** Nodes of the first group in the order of the waves, then of the plan. */
  #nextBatch(): readonly Waiting[] {
    const { members, waves, batch } = this.options;
    const order = (a: Waiting, b: Waiting): number =>
      a.wave - b.wave || members.indexOf(a.member) - members.indexOf(b.member);
    const inOrder = [...this.#waiting].sort(order);
    const ordered = inOrder.map(({ member }) => member);
    const next = firstBatch(ordered, waves, batch);
    return inOrder.filter(({ member }) => next.includes(member));
  }

  #firstWave(roles: readonly Role[]): number {
    const { waves } = this.options;
    return Math.min(waves.length, ...roles.map((role) => waveOf(role, waves)));
  }
}
