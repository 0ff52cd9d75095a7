import type { Operation } from '../operations/operation';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { jsonDigest } from '../plan/json-digest';
import { wavesOf } from '../roles/start-waves';
import type { SecretStore } from '../secrets/secret-store';
import { clusterSecrets } from './cluster-secrets';
import { ClusterContext, type Member, membersNamed, membersOf } from './context';
import { type AppliedChange, changesOf, told } from './converge';
import { readFacts } from './facts';
import { allOperations, nodeSteps } from './node-steps';
import type { Transport } from './transport';

export interface ReviewNodesOptions {
  readonly plan: ClusterPlan;
  /** The nodes as they will be; what nobody can know yet of one that is still to be made is any text. */
  readonly output: ClusterOutput;
  /** Names of the nodes that are still to be made, or made anew: they are not asked. */
  readonly bare: ReadonlySet<string>;
  readonly connect: (node: DeployedNode) => Promise<Transport>;
  readonly secrets: SecretStore;
  /** Names of the nodes that it is about; another one is asked at most for a secret that is lost here. @default - all */
  readonly onlyNodes?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What would be done on one node. */
export interface NodeReview {
  readonly name: string;
  /** What its changes are worked out from: what was read on it, or the assumption that there is nothing on it yet. */
  readonly basis: 'facts' | 'assumed bare' | 'off';
  readonly changes: readonly AppliedChange[];
  /** Digest of every fact by its operation, e.g. `file /etc/hosts`. Empty where it was not asked. */
  readonly facts: Readonly<Record<string, string>>;
  /** Why it could not be asked. */
  readonly error?: string;
}

/**
 * What `configure` would do on every node, in the plan's order; changes nothing. A node that can't be asked is in the result.
 * @throws {Error} for the name of a node that there isn't
 */
export async function reviewNodes(options: ReviewNodesOptions): Promise<readonly NodeReview[]> {
  const { plan, output, bare, connect, secrets: store, signal } = options;
  const members = membersOf(plan, output);
  const asked = members.filter(({ deployed, rest }) => !bare.has(deployed.name) && rest !== 'off');
  const secrets = await clusterSecrets({
    environment: plan.name,
    members,
    store,
    connect: async (member) => (asked.includes(member) ? connect(member.deployed) : emptyMachine(member)),
    dryRun: true,
    ...(signal && { signal }),
  });
  const context = new ClusterContext(plan, members, secrets);
  const waves = wavesOf(members);
  const reviews = await Promise.all(
    membersNamed(plan, members, options.onlyNodes).map(async (member) => {
      const { name } = member.deployed;
      const operations = () => allOperations(nodeSteps(context.of(member), member, waves));
      if (member.rest === 'off' && !bare.has(name)) return { name, basis: 'off' as const, changes: [], facts: {} };
      if (!asked.includes(member)) return assumedBare(name, operations());
      return await asFound(member, operations, options);
    }),
  );
  signal?.throwIfAborted();
  return reviews;
}

/** A node that is still to be made knows no secret. */
function emptyMachine({ deployed }: Member): Transport {
  const nothing = async (): Promise<string> => '';
  return { node: deployed.name, read: nothing, apply: nothing };
}

function assumedBare(name: string, operations: readonly Operation[]): NodeReview {
  const changes = operations.flatMap((operation) => changesOf(operation, operation.fact.bare).map(told));
  return { name, basis: 'assumed bare', changes, facts: {} };
}

async function asFound(
  { deployed }: Member,
  operationsOf: () => readonly Operation[],
  { connect, signal }: ReviewNodesOptions,
): Promise<NodeReview> {
  const { name } = deployed;
  try {
    const operations = operationsOf();
    const facts = await readFacts(await connect(deployed), operations, { ...(signal && { signal }) });
    const changes = operations.flatMap((operation, index) => changesOf(operation, facts[index]).map(told));
    const digests = operations.map(
      ({ kind, name: what }, index) => [`${kind} ${what}`, jsonDigest(facts[index])] as const,
    );
    return { name, basis: 'facts', changes, facts: Object.fromEntries(digests) };
  } catch (error) {
    return { name, basis: 'facts', changes: [], facts: {}, error: (error as Error).message };
  }
}
