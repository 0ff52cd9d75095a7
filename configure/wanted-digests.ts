import { createHash } from 'node:crypto';
import { Secret } from '../operations/secret';
import type { ClusterOutput } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { declaredSecrets } from './cluster-secrets';
import { ClusterContext, membersOf } from './context';
import { nodeSteps } from './node-steps';
import { startWaves } from './waves';

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
  const secrets = new Map(declaredSecrets(members).map(({ name }) => [name, new Secret('')]));
  const context = new ClusterContext(plan, members, secrets);
  const waves = startWaves([...new Set(members.flatMap(({ roles }) => roles))]);
  const nodes = members.map((member) => {
    const { first, later } = nodeSteps(context.of(member), member, waves);
    const operations = [...first, ...later.flatMap((start) => start.operations)];
    const digests = operations.map(({ kind, name, changes, fact }) => [`${kind} ${name}`, digest(changes(fact.bare))]);
    return [member.deployed.name, Object.fromEntries(digests)] as const;
  });
  return Object.fromEntries(nodes);
}

function digest(changes: readonly { readonly script: string }[]): string {
  const scripts = changes.map(({ script }) => script);
  return createHash('sha256').update(JSON.stringify(scripts)).digest('hex').slice(0, DIGITS);
}
