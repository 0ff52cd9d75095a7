import type { NodeReview } from '../configure/review-nodes';
import type { PlannedChange } from './planned-changes';
import { noun } from './resource-nouns';
import type { SavedPlan } from './saved-plan';
import type { StateVersion } from './terraform-state';

const VERBS: Readonly<Record<PlannedChange['action'], string>> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  replace: 'deleted and made anew',
  read: 'read',
};

/** What is another state than that which the plan was made from. */
export function changedState({ state: was }: SavedPlan, is: StateVersion | undefined): readonly string[] {
  if (was?.lineage === is?.lineage && was?.serial === is?.serial) return [];
  if (was && is && was.lineage === is.lineage)
    return [
      `somebody has deployed since: Terraform's state has serial ${is.serial}, the plan was made at ${was.serial}`,
    ];
  if (was && is) return ["Terraform's state is another one: not that which the plan was made from"];
  return [was ? "Terraform's state is gone" : 'somebody has deployed since: there was no state when the plan was made'];
}

/** What would be done now that was not reviewed, and the other way round. */
export function changedChanges(reviewed: readonly PlannedChange[], now: readonly PlannedChange[]): readonly string[] {
  const was = byAddress(reviewed);
  const is = byAddress(now);
  const gone = reviewed
    .filter(({ address }) => !is.has(address))
    .map((change) => `${about(change)} would not be ${VERBS[change.action]} any more`);
  const added = now
    .filter(({ address }) => !was.has(address))
    .map((change) => `${about(change)} would be ${VERBS[change.action]} too: it has changed in the cloud`);
  const other = now
    .filter(({ address, digest }) => was.has(address) && was.get(address)!.digest !== digest)
    .map((change) => `${about(change)} would be ${VERBS[change.action]}, but not as it was reviewed${inWords(change)}`);
  return [...gone, ...added, ...other];
}

/**
 * Of a plan that was begun and cut off, what is still to be done must have been reviewed: what was half made may be made
 * anew, and nothing else.
 */
export function beyondReview(reviewed: readonly PlannedChange[], now: readonly PlannedChange[]): readonly string[] {
  const was = byAddress(reviewed);
  return now
    .filter((change) => !isPartOf(change, was.get(change.address)))
    .map((change) => `${about(change)} would be ${VERBS[change.action]}, which was not reviewed`);
}

function isPartOf(change: PlannedChange, reviewed: PlannedChange | undefined): boolean {
  if (!reviewed) return false;
  const { action } = reviewed;
  const isHalfMade = change.action === 'replace' && change.reason === 'replace_because_tainted';
  if (change.action === action) return action !== 'delete' || change.id === reviewed.id;
  if (action === 'create') return isHalfMade || change.action === 'update';
  if (action === 'replace')
    return change.action === 'create' || change.action === 'delete' || change.action === 'update';
  return false;
}

/** What was read on the nodes is not what was read for the plan. */
export function changedFacts(reviewed: SavedPlan['nodes'], now: readonly NodeReview[]): readonly string[] {
  const is = new Map(now.map((node) => [node.name, node]));
  return reviewed.flatMap(({ name, basis, facts }) => {
    const node = is.get(name);
    if (!node) return [`${name} is not there any more`];
    if (node.basis !== basis)
      return [`${name} was planned from ${words(basis)}, and now it would be from ${words(node.basis)}`];
    const operations = [...new Set([...Object.keys(facts), ...Object.keys(node.facts)])];
    return operations
      .filter((operation) => facts[operation] !== node.facts[operation])
      .map((operation) => `${name}: ${operation} has changed on the node`);
  });
}

function words(basis: NodeReview['basis']): string {
  return { facts: 'what is on it', 'assumed bare': 'nothing (assumed bare)', off: 'a server that is off' }[basis];
}

function byAddress(changes: readonly PlannedChange[]): ReadonlyMap<string, PlannedChange> {
  return new Map(changes.map((change) => [change.address, change]));
}

function about({ type, name }: PlannedChange): string {
  return `${noun(type)} ${name}`;
}

function inWords({ details }: PlannedChange): string {
  const texts = details.map(({ attribute, before, after }) => `${attribute}: ${before} → ${after}`);
  return texts.length > 0 ? ` (${texts.join(', ')})` : '';
}
