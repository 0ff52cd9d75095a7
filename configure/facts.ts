import type { Operation } from '../operations/operation';
import { type Frame, framed } from './_frames';
import { FactError } from './fact-error';
import type { RunOptions, Transport } from './transport';

/**
 * Asks one machine everything that the operations want to know of it, in one round trip.
 * @returns the facts in the order of the operations
 * @throws {FactError} that names every operation whose fact could not be read
 */
export async function readFacts(
  transport: Transport,
  operations: readonly Operation[],
  options: RunOptions = {},
): Promise<readonly unknown[]> {
  if (operations.length === 0) return [];
  const { script, parse } = framed(operations.map(({ fact }) => [fact.script]));
  const frames = parse(await transport.read(script, options)).flat();
  const problems: string[] = [];
  const facts = frames.map((frame, index) => {
    try {
      return answer(operations[index]!, frame);
    } catch (error) {
      problems.push(`${operations[index]!.kind} ${operations[index]!.name}: ${(error as Error).message}`);
      return undefined;
    }
  });
  if (problems.length > 0) throw new FactError(transport.node, problems);
  return facts;
}

function answer(operation: Operation, frame: Frame): unknown {
  if (frame.exitCode === 0) return operation.fact.parse(frame.stdout);
  throw new Error(`could not be read, exit status ${frame.exitCode}${frame.stderr ? `: ${frame.stderr.trim()}` : ''}`);
}
