import { countChanges, type PlannedChange } from '../../lifecycle/planned-changes';
import type { SavedPlan } from '../../lifecycle/saved-plan';

type PlannedNode = SavedPlan['nodes'][number];

/** Nodes on which the same would be done. */
interface AlikeNodes extends Pick<PlannedNode, 'basis' | 'changes'> {
  readonly names: readonly string[];
}

const SIGNS: Readonly<Record<PlannedChange['action'], string>> = {
  create: '+',
  update: '~',
  delete: '-',
  replace: '-/+',
  read: '<=',
};

/** The whole review, for a terminal. @param noun a resource's type in words */
export function describePlan(plan: SavedPlan, noun: (type: string) => string): string {
  const sections = [
    [title(plan)],
    cloud(plan, noun),
    drift(plan, noun),
    strangers(plan),
    nodes(plan),
    leaving(plan),
    list(
      'Would be lost:',
      plan.losses.map((loss) => `- ${loss}`),
    ),
    [next(plan)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** The same for a merge request. */
export function planMarkdown(plan: SavedPlan, noun: (type: string) => string): string {
  const lost = plan.losses.length > 0 ? ['**Would be lost:**', '', ...plan.losses.map((loss) => `- ${loss}`)] : [];
  const sections = [
    [`### ${title(plan)}`],
    lost,
    fenced('diff', cloud(plan, noun)),
    fenced('diff', drift(plan, noun)),
    fenced('', strangers(plan)),
    ...alike(plan.nodes).map((some) => nodeDetails(some)),
    leaving(plan),
    [next(plan)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Whether it would do anything at all. */
export function isEmptyPlan({ empty, nodes: all, interrupted }: SavedPlan): boolean {
  return empty && !interrupted && all.every(({ changes }) => changes.length === 0);
}

function title({ environment, goal, created, by }: SavedPlan): string {
  return `${environment}: plan to ${goal}, made ${created} by ${by}`;
}

function cloud({ changes, empty, interrupted }: SavedPlan, noun: (type: string) => string): string[] {
  const left = interrupted ? ['! what an interrupted run has left, and no state knows'] : [];
  if (changes.length === 0 && left.length === 0)
    return [`In the cloud: ${empty ? 'nothing to change' : 'no resource changes, only outputs'}`];
  return list(`In the cloud: ${countChanges(changes) || 'nothing'}`, [
    ...changes.map((change) => resource(change, noun)),
    ...left,
  ]);
}

function resource({ action, type, name, details }: PlannedChange, noun: (type: string) => string): string {
  const what = details.map(({ attribute, before, after }) => `${attribute}: ${before} → ${after}`);
  return `${SIGNS[action]} ${noun(type)} ${name}${what.length > 0 ? ` (${what.join(', ')})` : ''}`;
}

function drift({ drift: changes }: SavedPlan, noun: (type: string) => string): string[] {
  return list(
    'Changed by others in the cloud since the last deploy:',
    changes.map((change) => resource(change, noun)),
  );
}

function strangers({ strangers: all }: SavedPlan): string[] {
  return list('By hand, where Terraform does not look, and not touched:', all);
}

function nodes({ nodes: all }: SavedPlan): string[] {
  if (all.length === 0) return [];
  const count = all.reduce((sum, { changes }) => sum + changes.length, 0);
  const touched = all.filter(({ changes }) => changes.length > 0);
  if (count === 0) return [`On the nodes: nothing to change on ${all.length} nodes`];
  const lines = alike(touched).flatMap((some) => [head(some), ...changeLines(some).map((line) => `  ${line}`)]);
  return list(`On the nodes: ${count} changes on ${touched.length} of ${all.length} nodes`, lines);
}

function alike(all: readonly PlannedNode[]): AlikeNodes[] {
  const groups = new Map<string, PlannedNode[]>();
  for (const node of all.filter(({ changes }) => changes.length > 0)) {
    const shown = { ...node, changes: node.basis === 'facts' ? node.changes : node.changes.map(ofAny(node.name)) };
    const key = JSON.stringify([shown.basis, shown.changes]);
    groups.set(key, [...(groups.get(key) ?? []), shown]);
  }
  return [...groups.values()].map((some) => ({ ...some[0]!, names: some.map(({ name }) => name) }));
}

/** Of a bare node every line of every file is new, and only its own name tells it from the others. */
function ofAny(node: string): (change: PlannedNode['changes'][number]) => PlannedNode['changes'][number] {
  const ofIt = (text: string): string => text.replaceAll(node, '<node>');
  return ({ diff: _all, operation, description, ...change }) => ({
    ...change,
    operation: ofIt(operation),
    description: ofIt(description),
  });
}

function head({ names, basis, changes }: AlikeNodes): string {
  const assumed = basis === 'assumed bare' ? ' (new, assumed bare)' : '';
  const restarts = [...new Set(changes.flatMap((change) => change.restarts ?? []))];
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}${names.length > 1 ? ' each' : ''}`;
  return `${names.join(', ')}${assumed}: ${count}${restarts.length > 0 ? `, restarts ${restarts.join(', ')}` : ''}`;
}

function changeLines({ changes }: AlikeNodes): string[] {
  return changes.flatMap(({ description, diff }) => [
    description,
    ...(diff !== undefined
      ? diff
          .trimEnd()
          .split('\n')
          .map((line) => `  | ${line}`)
      : []),
  ]);
}

function nodeDetails(some: AlikeNodes): string[] {
  return ['<details>', `<summary>${head(some)}</summary>`, '', '```', ...changeLines(some), '```', '', '</details>'];
}

function leaving({ leaving: names }: SavedPlan): string[] {
  return names.length > 0 ? [`Emptied before they go (running tasks finish or move): ${names.join(', ')}`] : [];
}

function next(plan: SavedPlan): string {
  const { environment, goal } = plan;
  if (isEmptyPlan(plan)) return `Nothing to ${goal}.`;
  const verb = goal === 'update' ? 'update' : 'down';
  return `Next: firesteel ${verb} ${environment}   (exactly this; if anything differs by then, it stops and says what)`;
}

function fenced(language: string, lines: readonly string[]): string[] {
  const [first, ...rest] = lines;
  if (first === undefined || rest.length === 0) return [...lines];
  return [first, '', `\`\`\`${language}`, ...rest.map((line) => line.trimStart()), '```'];
}

function list(first: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [first, ...lines.map((line) => `  ${line}`)] : [];
}
