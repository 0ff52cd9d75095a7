import { Secret } from '../operations/secret';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan, RestState } from '../plan/cluster-plan';
import type { NodeContext, Role } from '../roles/role';
import type { SecretStore } from '../secrets/secret-store';
import { ClusterContext, declaredSecrets, type Member, membersNamed, membersOf } from './context';
import { ConnectError } from './errors';
import { isNoService, probed } from './node-steps';
import { probe, type RoleHealth } from './probes';
import type { Transport } from './transport';

export interface StatusReport {
  /** Every node that is not to be off was reached, and every role on it that is not to rest is healthy. */
  readonly ok: boolean;
  /** In the plan's order. */
  readonly nodes: readonly NodeStatus[];
}

export interface NodeStatus {
  readonly name: string;
  /** The floating IP, else the fixed address. */
  readonly address: string;
  readonly reachable: boolean;
  /** How it is to rest: `off` = it was not asked; `stopped` = only roles without a service were. */
  readonly rest?: RestState;
  /** Why it could not be asked. */
  readonly reason?: string;
  /** Last lines of its console log, where it could not be reached. */
  readonly console?: readonly string[];
  /** Empty where it could not be asked. */
  readonly roles: readonly RoleHealth[];
}

export interface StatusOptions {
  readonly plan: ClusterPlan;
  readonly output: ClusterOutput;
  readonly connect: (node: DeployedNode) => Promise<Transport>;
  /** For probes that log in to what they ask. @default - they get empty ones */
  readonly secrets?: SecretStore;
  /** Names of the nodes that it is about; the others are neither asked nor in the report. @default - all */
  readonly onlyNodes?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Asks every role's probes on every node, in one round trip each. Never rejects because of a node.
 * @throws {Error} for the name of a node that there isn't
 */
export async function clusterStatus(options: StatusOptions): Promise<StatusReport> {
  const members = membersOf(options.plan, options.output);
  const context = new ClusterContext(options.plan, members, await knownSecrets(options, members));
  const asked = membersNamed(options.plan, members, options.onlyNodes);
  const nodes = await Promise.all(asked.map((member) => nodeStatus(member, context.of(member), options)));
  options.signal?.throwIfAborted();
  return { ok: nodes.every(isWell), nodes };
}

function isWell({ rest, reachable, roles }: NodeStatus): boolean {
  return rest === 'off' || (reachable && roles.every(({ ok }) => ok));
}

async function nodeStatus(member: Member, context: NodeContext, options: StatusOptions): Promise<NodeStatus> {
  const { name, address, floatingIp } = member.deployed;
  const { rest } = member;
  const status = { name, address: floatingIp ?? address, ...(rest && { rest }) };
  if (rest === 'off') return { ...status, reachable: false, roles: [] };
  const roles = rest ? member.roles.filter(isNoService) : member.roles;
  let transport: Transport;
  try {
    transport = await options.connect(member.deployed);
  } catch (error) {
    const console = error instanceof ConnectError && error.console.length > 0 ? { console: error.console } : {};
    return { ...status, reachable: false, reason: (error as Error).message, ...console, roles: [] };
  }
  try {
    const answers = await probe(transport, probed(roles, context), { signal: options.signal });
    return { ...status, reachable: true, roles: answers };
  } catch (error) {
    const reason = (error as Error).message;
    return { ...status, reachable: true, reason, roles: allIll(roles, reason) };
  }
}

function allIll(roles: readonly Role[], problem: string): readonly RoleHealth[] {
  return roles.map(({ name }) => ({ role: name, ok: false, problems: [problem] }));
}

/** What the store doesn't have is empty: only `configure` asks nodes for it, or makes it. */
async function knownSecrets(
  { plan, secrets }: StatusOptions,
  members: readonly Member[],
): Promise<ReadonlyMap<string, Secret>> {
  const names = declaredSecrets(members).map(({ name }) => name);
  const values = await Promise.all(names.map((name) => secrets?.get(plan.name, name)));
  return new Map(names.map((name, index) => [name, values[index] ?? new Secret('')]));
}
