import type { Operation } from '../operations/operation';
import type { Role } from '../roles/role';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import { type AppliedChange, applyChanges, changesOf, type DueChange, told } from './converge';
import { drainNode } from './drain-node';
import { readFacts } from './facts';
import { withMirrors } from './mirrors-way';
import { lookAt, type NodeLook } from './node-look';
import { beforeArtifacts, type LaterStart, type NodeSteps, probed } from './node-steps';
import type { ProbedRole } from './probes';
import { interruptedRoles } from './services';
import { settle } from './settle';
import type { Connection } from './transport';
import { watchHealth } from './watch-health';

/** What is done to one node to make it what the plan says. */
export class NodeWork {
  /** Those that were made; in a dry run, those that would be. */
  readonly changes: AppliedChange[] = [];
  readonly #ill: Promise<string>[] = [];
  #connection!: Connection;
  #hasTurn = false;

  constructor(
    private readonly member: Member,
    private readonly cluster: ClusterRun,
  ) {}

  /** @throws {Error} when something fails, or is not healthy in time */
  async run(): Promise<void> {
    this.#connection = await this.cluster.connect(this.member);
    this.cluster.tell(this.member, 'configure', 'start');
    const { dryRun } = this.cluster.options;
    if (dryRun) await this.cluster.context();
    const look = await this.#look();
    if (dryRun) {
      this.changes.push(...[look.changes, ...look.later].flat().map(told));
      return;
    }
    const { steps, changes, later } = await this.#complete(await this.#inTurn(look));
    await this.#apply(changes);
    this.#watch(steps.started);
    const settled = changes.length === 0 && later.every((due) => due.length === 0);
    const failure = await this.#startLater(steps, settled).catch((error: Error) => error);
    await this.#health(failure);
    if (this.#hasTurn) await settle(this.member, this.cluster);
  }

  #look(): Promise<NodeLook> {
    return lookAt(this.#connection, this.member, this.cluster);
  }

  /** Where running services would be interrupted one node after the other: waits for the node's turn, and empties it. */
  async #inTurn(look: NodeLook): Promise<NodeLook> {
    const context = this.cluster.knownContext?.of(this.member);
    if (this.#hasTurn || !context) return look;
    const interrupted = interruptedRoles(this.member, [look.changes, ...look.later].flat(), context);
    if (!this.cluster.rollsOver(interrupted)) return look;
    this.cluster.tell(this.member, 'configure', 'update', 'waiting for its turn');
    this.#watchAwaited();
    await this.cluster.turns.wait(this.member, interrupted);
    this.#hasTurn = true;
    await drainNode(this.member, this.cluster, { roles: interrupted });
    this.#connection = await this.cluster.connect(this.member); // it may have broken meanwhile
    return await this.#look();
  }

  /** Artifacts and secrets come while packages are installed that need neither; then it is clear what is to be done. */
  async #complete(look: NodeLook): Promise<NodeLook & { readonly steps: NodeSteps }> {
    const { steps, missing, changes } = look;
    if (steps && missing.length === 0) return { ...look, steps };
    const early = missing.length > 0 ? beforeArtifacts(changes) : changes;
    const spread = this.cluster.spreadFor(this.member);
    const guest = { connection: this.#connection, address: this.member.deployed.address };
    await allSettled([
      this.cluster.context(),
      this.#apply(early),
      ...missing.map(({ artifact, present }) => spread.provide(guest, artifact, present)),
    ]);
    const second = await this.#inTurn(await this.#look());
    return { ...second, steps: second.steps! };
  }

  async #startLater(steps: NodeSteps, settled: boolean): Promise<undefined> {
    for (const start of steps.later) {
      if (!settled) {
        await this.#afterOthers(start);
        await this.#apply(await this.#due(start.operations));
      }
      this.#watch(start.started);
    }
  }

  async #due(operations: readonly Operation[]): Promise<readonly DueChange[]> {
    const facts = await readFacts(this.#connection, operations, { signal: this.#signal });
    return operations.flatMap((operation, index) => changesOf(operation, facts[index]));
  }

  async #apply(due: readonly DueChange[]): Promise<void> {
    const begun: AppliedChange[] = [];
    const onChange = (change: AppliedChange, index: number, total: number): void => {
      begun.push(change);
      this.cluster.tell(this.member, 'configure', 'update', `${index + 1}/${total} ${change.description}`);
    };
    const apply = (mirrorsProxy?: string): Promise<void> =>
      applyChanges(this.#connection, due, { onChange, mirrorsProxy, signal: this.#signal });
    try {
      await withMirrors(this.#connection, due, this.cluster, apply);
    } catch (error) {
      begun.pop(); // the one that failed
      throw error;
    } finally {
      this.changes.push(...begun);
    }
  }

  async #afterOthers({ after, afterEverywhere, started }: LaterStart): Promise<void> {
    const { readiness } = this.cluster;
    const { region } = this.member.deployed;
    const names = [...new Set([...after, ...afterEverywhere])].join(', ');
    this.cluster.tell(this.member, 'configure', 'update', `waiting for ${names}`);
    try {
      await readiness.all({ roles: after, region });
      await readiness.all({ roles: afterEverywhere, region, everywhere: true });
    } catch (error) {
      const roles = started.map(({ role }) => role).join(', ');
      throw new Error(`${roles} not started because ${(error as Error).message}`);
    }
  }

  /** Looks after the health of roles from now on, while other things go on. */
  #watch(roles: readonly ProbedRole[]): void {
    const watching = watchHealth(this.member, this.cluster, roles);
    watching.catch(() => undefined); // told by #health
    this.#ill.push(watching);
  }

  /** What runs here until it is the node's turn may be what others wait for. */
  #watchAwaited(): void {
    const context = this.cluster.knownContext?.of(this.member);
    const awaited = (role: Role): boolean => this.cluster.awaitedRoles.has(role.name);
    const roles = context ? probed(this.member.roles.filter(awaited), context) : [];
    if (roles.length > 0) watchHealth(this.member, this.cluster, roles).catch(() => undefined);
  }

  /** @throws {Error} when a role is not healthy in time; what failed before is told with it */
  async #health(failure: Error | undefined): Promise<void> {
    const ill = (await Promise.all(this.#ill)).filter((text) => text !== '');
    if (ill.length === 0 && failure) throw failure;
    if (ill.length === 0) return;
    const { plan } = this.cluster.options;
    const node = this.member.deployed.name;
    throw new Error(
      `${failure ? `${failure.message}; ` : ''}not healthy after ${plan.timeouts.healthSeconds} s: ${ill.join('; ')}. ` +
        `Next: look at its journal with \`firesteel ssh ${plan.name} ${node} -- sudo journalctl -e\`.`,
    );
  }

  get #signal(): AbortSignal | undefined {
    return this.cluster.options.signal;
  }
}

/**
 * Waits for all, also where one fails: what is under way on the node is never cut off.
 * @throws {Error} with every reason
 */
async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (reasons.length === 1) throw reasons[0];
  if (reasons.length > 1) throw new Error(reasons.map(({ message }) => message).join('; '));
}
