import type { CloudDrift, Drift, NodeDrift, ResourceChange } from '../../lifecycle/drift';
import type { Stranger } from '../../lifecycle/strangers';
import { nodeRanges } from '../../plan/node-ranges';

/**
 * What was changed by hand, in the cloud and on the nodes, and what would put it back.
 * @param nodes names of those that were looked into, where they are not all
 */
export function describeDrift(drift: Drift, nodes?: readonly string[]): string {
  const { environment, drifted } = drift;
  const where = nodes ? ` in the cloud or on ${nodeRanges(nodes)}` : '';
  const nothing = `${environment}: nothing was changed by hand${where}${butFor(drift)}`;
  const sections = [
    [drifted ? `${environment}: changed by hand` : nothing],
    list('In the cloud, since it was deployed:', drift.cloud.map(cloudLine)),
    list('By hand, where Terraform does not look, and touched by nobody here:', drift.strangers.map(strangerLine)),
    list('On the nodes, since they were configured:', drift.nodes.filter(hasChanges).flatMap(nodeLines)),
    list('Could not be asked:', drift.nodes.filter(({ error }) => error !== undefined).map(errorLine)),
    asked(drift),
    list('Next:', next(drift)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function butFor({ nodes }: Drift): string {
  return nodes.some(({ error }) => error !== undefined) ? ', as far as could be found out' : '';
}

function hasChanges({ changes }: NodeDrift): boolean {
  return changes.length > 0;
}

function cloudLine({ action, kind, name, details, stack }: CloudDrift): string {
  if (action === 'delete') return `- ${kind} ${name} of ${stack} was deleted`;
  const what = details.map(({ attribute, before, after }) => `${attribute}: ${before} → ${after}`);
  return `~ ${kind} ${name} of ${stack} (${what.join(', ')})`;
}

function strangerLine({ kind, state, on, what }: Stranger): string {
  return `${state === 'gone' ? '-' : '+'} ${on}: ${kind} ${what}`;
}

function nodeLines({ name, changes, unsure }: NodeDrift): string[] {
  const doubt = unsure
    ? ' (some may be asked for by the file: it was configured from elsewhere, or never to its end)'
    : '';
  const lines = changes.flatMap(({ description, diff = '' }) => [
    description,
    ...diff
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  | ${line}`),
  ]);
  return [`${name}: what configure would do${doubt}`, ...lines.map((line) => `  ${line}`)];
}

function errorLine({ name, error }: NodeDrift): string {
  return `${name}: ${error}`;
}

/** The file's changes are nobody's doing by hand. */
function asked({ fileChanged, asked: inCloud, nodes, cloud }: Drift): string[] {
  const onNodes = nodes.filter((node) => node.asked.length > 0);
  const lines = [
    ...inCloud.map(askedLine),
    ...onNodes.map((node) => `${node.name}: ${node.asked.map(({ description }) => description).join(', ')}`),
  ];
  const byHand = onNodes.length === 0 && cloud.length > 0;
  if (byHand && fileChanged === undefined) return list('What a deploy would do besides setting it back:', lines);
  const follows = byHand && !fileChanged;
  return list(follows ? 'What setting it back brings with it:' : 'Asked for by the files, which is no drift:', lines);
}

function askedLine({ action, kind, name, details, stack }: ResourceChange): string {
  const what = details.map(({ attribute, before, after }) => `${attribute}: ${before} → ${after}`);
  return `${action} ${kind} ${name} of ${stack}${what.length > 0 ? ` (${what.join(', ')})` : ''}`;
}

function next({ environment, cloud, strangers, nodes, fileChanged }: Drift): string[] {
  const stacks = [...new Set(cloud.map(({ stack }) => stack))];
  const onNodes = nodes.some(hasChanges);
  const reviewed = stacks.map(
    (stack) =>
      `firesteel plan ${stack} --to update   then "firesteel update ${stack}" sets back what was changed in the cloud${stack === environment && onNodes ? ' and on the nodes' : ''}`,
  );
  const configure = fileChanged
    ? `firesteel up ${environment}   deploys what the file says, and sets the nodes back`
    : `firesteel configure ${environment}   sets the nodes back`;
  return [
    ...reviewed,
    ...(onNodes && !stacks.includes(environment) ? [configure] : []),
    ...strangers.map(({ undo }) => `${undo}   undoes it, unless it is somebody's intent`),
  ];
}

function list(first: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [first, ...lines.map((line) => `  ${line}`)] : [];
}
