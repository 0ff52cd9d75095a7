import type { Probe } from '../roles/role';
import { type Frame, framed } from './_frames';
import type { RunOptions, Transport } from './transport';

export interface ProbedRole {
  readonly role: string;
  readonly probes: readonly Probe[];
}

export interface RoleHealth {
  readonly role: string;
  readonly ok: boolean;
  /** e.g. `registered with the master: it is DEAD there`; empty when all is well. */
  readonly problems: readonly string[];
}

export interface ProbeOptions extends RunOptions {
  /** Ask a role no further after its first problem: cheaper on a node that is busy starting. @default false */
  readonly firstProblemOnly?: boolean;
}

/** Asks the probes of all given roles on one node, in one round trip. */
export async function probe(
  transport: Transport,
  roles: readonly ProbedRole[],
  { firstProblemOnly = false, ...options }: ProbeOptions = {},
): Promise<readonly RoleHealth[]> {
  if (!roles.some(({ probes }) => probes.length > 0))
    return roles.map(({ role }) => ({ role, ok: true, problems: [] }));
  const scripts = roles.map(({ probes }) => probes.map(({ script }) => script));
  const { script, parse } = framed(firstProblemOnly ? scripts : scripts.flat().map((one) => [one]));
  const output = await transport.read(script, { action: 'asking the services', withinSeconds: 60, ...options });
  const answers = [...parse(output)];
  return roles.map(({ role, probes }) => {
    const theirs = answers.splice(0, firstProblemOnly ? 1 : probes.length).flat();
    const problems = theirs.flatMap((answer, index) => problem(probes[index]!.name, answer));
    return { role, ok: problems.length === 0, problems };
  });
}

function problem(name: string, { exitCode, stdout, stderr }: Frame): readonly string[] {
  if (exitCode === 0) return [];
  const said = [stdout, stderr].map((text) => text.trim()).find((text) => text !== '');
  return [`${name}: ${said?.replaceAll(/\s*\n\s*/g, '; ') ?? `exit status ${exitCode}`}`];
}
