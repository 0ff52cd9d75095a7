import type { Operation } from '../operations/operation';
import type { Artifact } from '../roles/role';
import { type ArtifactPresence, artifactPresence } from './artifact-presence';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import { changesOf, type DueChange } from './converge';
import { readFacts } from './facts';
import { installOperations, type NodeSteps, nodeSteps, wantedArtifacts } from './node-steps';
import type { Transport } from './transport';

/** What a look at a node says. */
export interface NodeLook {
  /** Missing artifacts, with the digest of a file of that name that lies there. */
  readonly missing: readonly { readonly artifact: Artifact; readonly present?: string }[];
  /** Of `steps.first`; of what can be installed, where the steps are not known. */
  readonly changes: readonly DueChange[];
  /** Where all was known that was to be asked. */
  readonly steps?: NodeSteps;
  /** Changes of each later start. */
  readonly later: readonly (readonly DueChange[])[];
}

/** One round trip: what lies there, and all that would have to change, as far as it is known by now. */
export async function lookAt(transport: Transport, member: Member, run: ClusterRun): Promise<NodeLook> {
  const { plan, signal } = run.options;
  const { settings } = plan;
  const artifacts = wantedArtifacts({ settings }, member.roles);
  const presence = artifacts.map(artifactPresence);
  const context = run.knownContext?.of(member);
  const steps = context && nodeSteps(context, member, run.waves);
  const first = steps?.first ?? installOperations({ settings }, member.roles);
  const later = steps?.later ?? [];
  const operations = [...presence, ...first, ...later.flatMap((start) => start.operations)];
  const facts = [...(await readFacts(transport, operations, { signal }))];
  const missing = facts.splice(0, presence.length).flatMap((fact, index) => {
    const { installed, present } = fact as ArtifactPresence;
    return installed ? [] : [{ artifact: artifacts[index]!, present }];
  });
  const take = (some: readonly Operation[]): readonly DueChange[] => {
    const theirs = facts.splice(0, some.length);
    return some.flatMap((operation, index) => changesOf(operation, theirs[index]));
  };
  return { missing, changes: take(first), steps, later: later.map((start) => take(start.operations)) };
}
