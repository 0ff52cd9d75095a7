import { framed } from './_frames';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';

/** The number that a script prints on a node. @throws {Error} with what it prints instead */
export async function askCount(member: Member, script: string, run: ClusterRun): Promise<number> {
  const connection = await run.connect(member);
  const { script: question, parse } = framed([[script]]);
  const answers = parse(await connection.read(question, { action: 'ask what runs', ...limits(run) }));
  const { exitCode, stdout, stderr } = answers[0]![0]!;
  const text = stdout.trim();
  if (exitCode === 0 && /^\d+$/.test(text)) return Number(text);
  throw new Error(text || stderr.trim() || `exit status ${exitCode}`);
}

/** Of one look at a node. */
export function limits({ options: { signal } }: ClusterRun): { withinSeconds: number; signal?: AbortSignal } {
  return { withinSeconds: 120, ...(signal && { signal }) };
}
