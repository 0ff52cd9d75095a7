import type { ClusterOutput } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { jsonDigest } from '../plan/json-digest';
import { wavesOf } from '../roles/start-waves';
import { ClusterContext, membersOf } from './context';
import { allOperations, nodeSteps } from './node-steps';

/** By node, then by operation, e.g. `file /etc/hosts`. */
export type WantedDigests = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Enough to tell one text from the next; there is one for every operation of every node. */
const DIGITS = 16;

/**
 * A digest of what the plan asks of every node, whatever is on it. Another one than before says that a file, the node
 * register or a role has changed; secrets are left out.
 */
export function wantedDigests(plan: ClusterPlan, output: ClusterOutput): WantedDigests {
  const members = membersOf(plan, output);
  const context = ClusterContext.withoutSecrets(plan, members);
  const waves = wavesOf(members);
  const nodes = members.map((member) => {
    const operations = allOperations(nodeSteps(context.of(member), member, waves));
    const digests = operations.map(({ kind, name, changes, fact }) => [`${kind} ${name}`, digest(changes(fact.bare))]);
    return [member.deployed.name, Object.fromEntries(digests)] as const;
  });
  return Object.fromEntries(nodes);
}

function digest(changes: readonly { readonly script: string }[]): string {
  return jsonDigest(changes.map(({ script }) => script)).slice(0, DIGITS);
}
