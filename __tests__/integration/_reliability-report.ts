import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { Findings } from './_findings';

const ROOT = resolve(__dirname, '..', '..');
const { commit: checkedOut } = require('../../scripts/_commit') as {
  commit: () => { readonly date: string; readonly commit: string };
};

export interface Reliability {
  readonly seed: number;
  readonly cycles: {
    readonly tried: number;
    readonly ok: number;
    /** Of each that was ok: from nothing to nothing. */
    readonly seconds: readonly number[];
    readonly up: readonly number[];
    readonly down: readonly number[];
    readonly jobs: number;
    readonly findings: Findings;
  };
  readonly kills: {
    readonly byVerb: ReadonlyMap<string, number>;
    readonly reruns: number;
    readonly findings: Findings;
  };
}

/** docs/reliability.md: what came of the last `npm run test:full`. */
export function writeReliabilityReport(reliability: Reliability): void {
  writeFileSync(join(ROOT, 'docs', 'reliability.md'), reliabilityReport(reliability));
}

export function reliabilityReport({ seed, cycles, kills }: Reliability): string {
  const { date, commit } = checkedOut();
  const memory = Math.round(totalmem() / 2 ** 30);
  const killed = [...kills.byVerb.values()].reduce((sum, count) => sum + count, 0);
  return `# Reliability

Written by \`npm run test:full\` (\`__tests__/integration/reliability.full.test.ts\`), on the sandbox cloud, with a cluster of
a master and a worker.

| date | commit | seed | machine |
| --- | --- | --- | --- |
| ${date} | ${commit} | ${seed} | ${cpus().length} cores, ${memory} GiB |

## Up and down

Each cycle begins and ends with an empty cloud: \`up\`, \`status\`, in every tenth a Spark job, \`plan --to destroy\`, \`down\`.

| cycles | ok | Spark jobs | left behind |
| --- | --- | --- | --- |
| ${cycles.tried} | ${cycles.ok} | ${cycles.jobs} | ${cycles.findings.count('orphan')} |

| seconds | median | slowest |
| --- | --- | --- |
| up | ${inSeconds(cycles.up)} |
| plan to destroy and down | ${inSeconds(cycles.down)} |
| whole cycle | ${inSeconds(cycles.seconds)} |

## Kills

\`kill -9\` at random moments, of firesteel alone or with all that it had started, as in a power cut. Afterwards the same
command is given again until it has succeeded, which it may refuse while the Terraform of the run before is still at work.

| killed while at | times |
| --- | --- |
${[...kills.byVerb].map(([verb, count]) => `| ${verb} | ${count} |`).join('\n')}
| all | ${killed} |

| runs until all was done | failed runs | orphans | made twice | missing | damaged files | unfinished |
| --- | --- | --- | --- | --- | --- | --- |
| ${[kills.reruns, ...KINDS.map((kind) => kills.findings.count(kind))].join(' | ')} |
${told([...cycles.findings.lines, ...kills.findings.lines])}`;
}

const KINDS = ['failed run', 'orphan', 'made twice', 'missing', 'damaged file', 'unfinished'] as const;

function inSeconds(all: readonly number[]): string {
  if (all.length === 0) return '– | –';
  const sorted = [...all].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return `${median.toFixed(1)} | ${sorted.at(-1)!.toFixed(1)}`;
}

/** The first line of each is enough here; the test has said all of it. */
function told(findings: readonly string[]): string {
  if (findings.length === 0) return '';
  return `\n## What went wrong\n\n${findings.map((line) => `- ${line.split('\n')[0]}`).join('\n')}\n`;
}
