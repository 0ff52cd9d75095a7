import type { CopyResult, NodeCopy } from '../../lifecycle/copy';
import { describeOff } from './off-report';

/** Failures of one node that are shown; where all files fail, they mostly do for one reason. */
const SHOWN = 10;

/** What arrived where, and all that didn't. */
export function describeCopy({ environment, direction, nodes, off }: CopyResult): string {
  const whole = nodes.filter(({ failures }) => failures.length === 0).length;
  const way = direction === 'up' ? 'to' : 'from';
  const total = `${environment}: copied ${way} ${whole} of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  return [...nodes.flatMap(describeNode), ...describeOff(off), total].join('\n');
}

function describeNode({ node, files, bytes, failures, leftOut }: NodeCopy): readonly string[] {
  const more = failures.length - SHOWN;
  return [
    `${failures.length === 0 ? '✔' : '✖'} ${node}: ${files} ${files === 1 ? 'file' : 'files'}, ${size(bytes)}`,
    ...failures.slice(0, SHOWN).map((failure) => `    ${failure}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...leftOut.map((path) => `    left out, being neither a file nor a folder: ${path}`),
  ];
}

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[step]}`;
}
