import type { Operation } from '../operations/operation';
import { sh } from '../operations/shell';
import { ARTIFACT_DIR, type Artifact } from '../roles/role';
import { SHA256 } from './_sha256';
import { awaitHealth, describeHealth } from './await-health';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import { type AppliedChange, applyChanges, changesOf, type DueChange, told } from './converge';
import { readFacts } from './facts';
import { type NodeReport, nodeReport } from './node-report';
import {
  beforeArtifacts,
  installOperations,
  type LaterStart,
  type NodeSteps,
  nodeSteps,
  wantedArtifacts,
} from './node-steps';
import type { ProbedRole } from './probes';
import type { Connection } from './transport';

/** Makes one node what the plan says, and waits until its services are well. Never rejects. */
export async function configureNode(member: Member, run: ClusterRun): Promise<NodeReport> {
  const work = new NodeWork(member, run);
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  try {
    await work.run();
    run.tell(member, 'configure', 'done', undefined, seconds());
    return nodeReport(member.deployed.name, work.changes, seconds());
  } catch (error) {
    for (const { name } of member.roles) run.readiness.failed(name, member.deployed.name, (error as Error).message);
    run.tell(member, 'configure', 'fail', (error as Error).message, seconds());
    return nodeReport(member.deployed.name, work.changes, seconds(), error);
  }
}

/** What a first look at a node says. */
interface FirstLook {
  /** Missing artifacts, with the digest of a file of that name that lies there. */
  readonly missing: readonly { readonly artifact: Artifact; readonly present?: string }[];
  readonly changes: readonly DueChange[];
  /** Where all was known that was to be asked. */
  readonly steps?: NodeSteps;
  /** Changes of each later start. */
  readonly later: readonly (readonly DueChange[])[];
}

class NodeWork {
  /** Those that were made; in a dry run, those that would be. */
  readonly changes: AppliedChange[] = [];
  readonly #ill: Promise<string>[] = [];
  #connection!: Connection;

  constructor(
    private readonly member: Member,
    private readonly cluster: ClusterRun,
  ) {}

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
    const ready = look.steps && look.missing.length === 0;
    const steps = ready ? look.steps : await this.#bringWhatIsMissing(look);
    const due = ready ? look.changes : await this.#due(steps.first);
    await this.#apply(due);
    this.#watch(steps.started);
    const settled = ready && due.length === 0 && look.later.every((changes) => changes.length === 0);
    const failure = await this.#startLater(steps, settled).catch((error: Error) => error);
    await this.#health(failure);
  }

  async #startLater(steps: NodeSteps, settled: boolean | undefined): Promise<undefined> {
    for (const start of steps.later) {
      if (!settled) {
        await this.#afterOthers(start);
        await this.#apply(await this.#due(start.operations));
      }
      this.#watch(start.started);
    }
  }

  /** One round trip: what lies there, and all that would have to change, as far as it is known by now. */
  async #look(): Promise<FirstLook> {
    const { settings } = this.cluster.options.plan;
    const { roles } = this.member;
    const artifacts = wantedArtifacts({ settings }, roles);
    const presence = artifacts.map(presenceQuestion);
    const context = this.cluster.knownContext?.of(this.member);
    const steps = context && nodeSteps(context, roles, this.cluster.waves);
    const first = steps?.first ?? installOperations({ settings }, roles);
    const later = steps?.later ?? [];
    const operations = [...presence, ...first, ...later.flatMap((start) => start.operations)];
    const facts = [...(await readFacts(this.#connection, operations, { signal: this.#signal }))];
    const missing = facts.splice(0, presence.length).flatMap((fact, index) => {
      const { installed, present } = fact as Presence;
      return installed ? [] : [{ artifact: artifacts[index]!, present }];
    });
    const take = (some: readonly Operation[]): readonly DueChange[] => {
      const theirs = facts.splice(0, some.length);
      return some.flatMap((operation, index) => changesOf(operation, theirs[index]));
    };
    return { missing, changes: take(first), steps, later: later.map((start) => take(start.operations)) };
  }

  /** Artifacts and secrets come while packages are installed that need neither. */
  async #bringWhatIsMissing(look: FirstLook): Promise<NodeSteps> {
    const early = look.missing.length > 0 ? beforeArtifacts(look.changes) : look.changes;
    const guest = { connection: this.#connection, address: this.member.deployed.address };
    await allSettled([
      this.cluster.context(),
      this.#apply(early),
      ...look.missing.map(({ artifact, present }) => this.cluster.spread.provide(guest, artifact, present)),
    ]);
    const context = await this.cluster.context();
    return look.steps ?? nodeSteps(context.of(this.member), this.member.roles, this.cluster.waves);
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
    try {
      await applyChanges(this.#connection, due, { onChange, signal: this.#signal });
    } catch (error) {
      begun.pop(); // the one that failed
      throw error;
    } finally {
      this.changes.push(...begun);
    }
  }

  async #afterOthers({ after, started }: LaterStart): Promise<void> {
    this.cluster.tell(this.member, 'configure', 'update', `waiting for ${after.join(', ')}`);
    try {
      await this.cluster.readiness.all(after);
    } catch (error) {
      const roles = started.map(({ role }) => role).join(', ');
      throw new Error(`${roles} not started because ${(error as Error).message}`);
    }
  }

  /** Looks after the health of roles from now on, while other things go on. */
  #watch(roles: readonly ProbedRole[]): void {
    const watching = watchHealth(this.member, this.cluster, roles);
    watching.catch((error: Error) => {
      // Told by #health; but who waits for these roles, perhaps this very node, must not wait for ever.
      for (const { role } of roles) this.cluster.readiness.failed(role, this.member.deployed.name, error.message);
    });
    this.#ill.push(watching);
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
 * Follows the health of some of a node's roles until they are well, or their time is over.
 * @returns what is still wrong then; empty when all is well
 */
export async function watchHealth(member: Member, cluster: ClusterRun, roles: readonly ProbedRole[]): Promise<string> {
  const { plan, signal } = cluster.options;
  const ill = await awaitHealth(await cluster.connect(member), roles, {
    withinSeconds: plan.timeouts.healthSeconds,
    onHealthy: (role) => cluster.readiness.healthy(role),
    onWaiting: (problems) => cluster.tell(member, 'health', 'update', problems),
    signal,
  });
  for (const { role, problems } of ill) cluster.readiness.failed(role, member.deployed.name, problems.join('; '));
  return describeHealth(ill);
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

interface Presence {
  readonly installed: boolean;
  /** SHA-256 of the file that lies where the artifact is to lie. */
  readonly present?: string;
}

/** Whether an artifact is still needed; an operation that only asks. */
function presenceQuestion({ fileName, installedMarker }: Artifact): Operation<Presence> {
  const path = `${ARTIFACT_DIR}/${fileName}`;
  return {
    kind: 'artifact',
    name: fileName,
    fact: {
      script:
        sh`${SHA256}; if [ -e ${installedMarker} ]; then echo installed; elif [ -f ${path} ]; then sha256 <${path}; fi`
          .text,
      parse: (stdout) => {
        const [word = ''] = stdout.trim().split(/\s+/);
        return word === 'installed' ? { installed: true } : { installed: false, ...(word && { present: word }) };
      },
      bare: { installed: false },
    },
    changes: () => [],
  };
}
