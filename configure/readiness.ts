/** Which roles are healthy on at least one node, for those that start after them. */
export class Readiness {
  readonly #roles = new Map<string, RoleState>();

  /** @param holders for every role of the cluster, how many nodes of this run may become healthy in it */
  constructor(holders: ReadonlyMap<string, number>) {
    for (const [role, count] of holders) this.#roles.set(role, new RoleState(role, count));
  }

  healthy(role: string): void {
    this.#roles.get(role)?.healthy();
  }

  failed(role: string, node: string, reason: string): void {
    this.#roles.get(role)?.failed(node, reason);
  }

  /**
   * Resolves when each of the roles is healthy on some node; a role that no node has is not waited for.
   * @throws {Error} as soon as one of them has failed on all of its nodes
   */
  async all(roles: readonly string[]): Promise<void> {
    await Promise.all(roles.map((role) => this.#roles.get(role)?.ready));
  }
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
