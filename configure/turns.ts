import type { Role } from '../roles/role';
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
  readonly #awaited: ReadonlySet<string>;
  readonly #failed: string[] = [];
  #waiting: readonly Waiting[] = [];

  /** @throws {Error} for a batch of no nodes */
  constructor(private readonly options: TurnsOptions) {
    const { batch, members, waves } = options;
    if (!Number.isInteger(batch) || batch < 1) {
      throw new Error(`batch: ${batch} is no number of nodes to change at a time; write a whole number from 1`);
    }
    this.#atWork = new Set(members);
    this.#awaited = new Set(waves.flat().flatMap((role) => role.after ?? []));
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
    const { members, batch } = this.options;
    const order = (a: Waiting, b: Waiting): number =>
      a.wave - b.wave || members.indexOf(a.member) - members.indexOf(b.member);
    const inOrder = [...this.#waiting].sort(order);
    const group = inOrder[0]?.member.deployed.group;
    const alone = inOrder[0]?.member.roles.some(({ name }) => this.#awaited.has(name));
    return inOrder.filter(({ member }) => member.deployed.group === group).slice(0, alone ? 1 : batch);
  }

  #firstWave(roles: readonly Role[]): number {
    const wave = this.options.waves.findIndex((some) =>
      some.some(({ name }) => roles.some((role) => role.name === name)),
    );
    return wave < 0 ? this.options.waves.length : wave;
  }
}
