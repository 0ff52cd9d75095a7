import { type ClusterGraph, type GraphGroup, OPERATOR, PUBLIC } from '../plan/graph';

/** Mermaid's flowchart, which the pages of most forges draw. */
export function mermaid({ cluster, groups, edges, loadBalancers, everywhere }: ClusterGraph): string {
  const used = new Set(edges.map(({ from }) => from));
  return [
    'flowchart LR',
    ...[OPERATOR, PUBLIC].filter((who) => used.has(who)).map((who) => `  ${id(who)}([${who}])`),
    `  subgraph ${id(cluster)}_cluster["${[cluster, ...everywhere].join('<br/>')}"]`,
    ...inRegions(
      groups,
      (group) => `    ${id(group.name)}["${lines(group).join('<br/>')}"]`,
      (region, own) => [`    subgraph ${id(region)}region["${region}"]`, ...own.map((line) => `  ${line}`), '    end'],
    ),
    '  end',
    ...loadBalancers.map((each) => `  ${id(each)}([${each}])`),
    ...edges.map(({ from, to, ports }) => `  ${id(from)} -- "${ports.join('<br/>')}" --> ${id(to)}`),
    '',
  ].join('\n');
}

/** Graphviz's language. */
export function dot({ cluster, groups, edges, loadBalancers, everywhere }: ClusterGraph): string {
  const used = new Set(edges.map(({ from }) => from));
  return [
    'digraph {',
    '  rankdir=LR; ranksep=1.2; nodesep=0.4',
    '  node [shape=box style="rounded,filled" fillcolor="#fff7ec" color="#b35806" margin="0.25,0.12" fontname="Helvetica,Arial,sans-serif" fontsize=11]',
    '  edge [color="#666666" fontname="Helvetica,Arial,sans-serif" fontsize=9]',
    ...[OPERATOR, PUBLIC]
      .filter((who) => used.has(who))
      .map((who) => `  ${quoted(who)} [shape=ellipse fillcolor="#eef3fa" color="#2166ac"]`),
    '  subgraph cluster_nodes {',
    `    label=${quoted([cluster, ...everywhere].join('\n'))}; style=rounded; color="#bbbbbb"; fontname="Helvetica,Arial,sans-serif"; fontsize=12`,
    ...inRegions(
      groups,
      (group) => `    ${quoted(group.name)} [label=${quoted(lines(group).join('\n'))}]`,
      (region, own) => [
        `    subgraph ${quoted(`cluster_region_${region}`)} {`,
        `      label=${quoted(region)}; style="rounded,dashed"; color="#bbbbbb"`,
        ...own.map((line) => `  ${line}`),
        '    }',
      ],
    ),
    '  }',
    ...loadBalancers.map((each) => `  ${quoted(each)} [shape=ellipse]`),
    ...edges.map(({ from, to, ports }) => `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(ports.join('\n'))}]`),
    '}',
    '',
  ].join('\n');
}

/** A line for each group; those of a cluster that is in several regions in a frame for each of them. */
function inRegions(
  groups: readonly GraphGroup[],
  draw: (group: GraphGroup) => string,
  frame: (region: string, lines: readonly string[]) => readonly string[],
): readonly string[] {
  const regions = [...new Set(groups.map(({ region }) => region))];
  return regions.flatMap((region) => {
    const own = groups.filter((group) => group.region === region).map(draw);
    return region === undefined ? own : frame(region, own);
  });
}

function lines({ name, nodes, flavor, roles, floatingIps, virtualIp }: GraphGroup): readonly string[] {
  const addresses = [...(virtualIp ? ['virtual IP'] : []), ...(floatingIps ? ['floating IPs'] : [])];
  return [`${name} × ${nodes}`, flavor, ...roles, ...addresses];
}

/** Mermaid takes some words for its own: none of them ends so. */
function id(name: string): string {
  return `${name.replaceAll(/[- ]/g, '_')}_`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
