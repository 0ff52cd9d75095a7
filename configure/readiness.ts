/** Which role in which region. */
interface Place {
  readonly role: string;
  /** The cloud's name; null where the cluster is in one alone. */
  readonly region: string | null;
}

/** What a start waits for. */
export interface Wait {
  readonly roles: readonly string[];
  /** Of the node that waits. */
  readonly region: string | null;
  /** In all regions, and not in its own alone. @default false */
  readonly everywhere?: boolean;
}

/** Which roles are healthy on at least one node of a region, for those that start after them. */
export class Readiness {
  readonly #places: readonly (Place & { readonly state: RoleState })[];

  /** @param holders every role of every node of this run that may become healthy in it */
  constructor(holders: readonly Place[]) {
    const places = new Map(holders.map((place) => [keyOf(place), place]));
    this.#places = [...places].map(([key, place]) => {
      const count = holders.filter((each) => keyOf(each) === key).length;
      return { ...place, state: new RoleState(place.role, count) };
    });
  }

  healthy(place: Place): void {
    this.#find(place)?.healthy();
  }

  failed(place: Place, node: string, reason: string): void {
    this.#find(place)?.failed(node, reason);
  }

  /**
   * Resolves when each of the roles is healthy on some node of the region, or of every other where the region has none;
   * a role that no node has is not waited for.
   * @throws {Error} as soon as one of them has failed on all of its nodes
   */
  async all({ roles, region, everywhere = false }: Wait): Promise<void> {
    const awaited = roles.flatMap((role) => {
      const all = this.#places.filter((place) => place.role === role);
      const own = all.filter((place) => place.region === region);
      return everywhere || own.length === 0 ? all : own;
    });
    await Promise.all(awaited.map(({ state }) => state.ready));
  }

  #find(wanted: Place): RoleState | undefined {
    return this.#places.find((place) => keyOf(place) === keyOf(wanted))?.state;
  }
}

function keyOf({ role, region }: Place): string {
  return JSON.stringify([role, region]);
}

class RoleState {
  readonly ready: Promise<void>;
  readonly #failures = new Map<string, string>();
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(
    private readonly role: string,
    private readonly holders: number,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => undefined); // nobody may be waiting
  }

  healthy(): void {
    this.#resolve();
  }

  failed(node: string, reason: string): void {
    this.#failures.set(node, reason);
    if (this.#failures.size < this.holders) return;
    const reasons = [...this.#failures].map(([name, why]) => `${name}: ${why}`).join('; ');
    this.#reject(new Error(`${this.role} is healthy on no node (${reasons})`));
  }
}
