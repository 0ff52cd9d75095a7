import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Operation } from '../../operations';
import type { NodeContext, Probe, Role } from '../../roles';

/** All operations of a role on a node. */
export function operationsOf(role: Role, at: NodeContext): readonly Operation[] {
  return [...(role.install?.(at) ?? []), ...(role.configure?.(at) ?? []), ...(role.start?.(at) ?? [])];
}

/** What the first operation of this name would do on a bare machine. */
export function written(role: Role, at: NodeContext, name: string): string {
  const operation = operationsOf(role, at).find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`${role.name} does nothing about ${name}`);
  return operation
    .changes(operation.fact.bare)
    .map(({ script }) => script)
    .join('\n');
}

/** What is done about a unit that runs as `before` says, to make it what `after` says. */
export function unitChanges(role: Role, name: string, before: NodeContext, after: NodeContext): readonly string[] {
  const unitAt = (at: NodeContext) =>
    operationsOf(role, at).find((candidate) => candidate.kind === 'unit' && candidate.name === name)!;
  const marks = (directory: string) =>
    new RegExp(`${directory}\\n[^]*?printf %s '([0-9a-f]{64})`).exec(written(role, before, name))?.[1];
  const file = {
    type: 'file',
    ownership: { mode: 0o644, owner: 'root', group: 'root' },
    sha256: unitSha(unitAt(before)),
  };
  const fact = {
    ...{ file, activeState: 'active', unitFileState: 'enabled', needDaemonReload: false },
    ...{ startedWith: marks("'/var/lib/firesteel/started'"), loadedWith: marks("'/var/lib/firesteel/loaded'") },
  };
  return unitAt(after)
    .changes(fact)
    .map(({ description }) => description);
}

/** Digest of the file that a unit operation writes. */
function unitSha(unit: Operation): string {
  const lines = unit.changes(unit.fact.bare)[0]!.diff!.split('\n');
  const text = lines
    .filter((line) => line.startsWith('+') && !line.startsWith('+++'))
    .map((line) => `${line.slice(1)}\n`);
  return createHash('sha256').update(text.join('')).digest('hex');
}

/** Text of a file that holds no secret. */
export function fileText(role: Role, at: NodeContext, path: string): string {
  const operation = operationsOf(role, at).find(({ kind, name }) => kind === 'file' && name === path);
  const diff = operation?.changes({ type: 'absent' })[0]?.diff;
  if (diff === undefined) throw new Error(`${role.name} writes no ${path} that may be shown`);
  return diff
    .split('\n')
    .filter((line) => line.startsWith('+') && !line.startsWith('+++'))
    .map((line) => `${line.slice(1)}\n`)
    .join('');
}

/** Whether a probe runs through, with a journal that says one line; what it prints otherwise. */
export function ask({ script }: Probe, change: (script: string) => string = (text) => text): Promise<string> {
  return new Promise((resolve) => {
    const shell = execFile('sh', ['-s'], (error, stdout, stderr) => resolve(error ? stdout.trim() || stderr : ''));
    shell.stdin!.end(`journalctl() { echo 'what the journal says'; }\n${change(script)}`);
  });
}
