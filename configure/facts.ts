import type { Operation } from '../operations/operation';
import { factQuestions } from './_fact-questions';
import { type Frame, framed } from './_frames';
import { FactError } from './fact-error';
import type { RunOptions, Transport } from './transport';

/**
 * Asks one machine everything that the operations want to know of it, in one round trip; what could be asked together and
 * was not answered is asked again in another.
 * @returns the facts in the order of the operations
 * @throws {FactError} that names every operation whose fact could not be read
 */
export async function readFacts(
  transport: Transport,
  operations: readonly Operation[],
  options: RunOptions = {},
): Promise<readonly unknown[]> {
  if (operations.length === 0) return [];
  const ask = async (scripts: readonly string[]): Promise<readonly Frame[]> => {
    const { script, parse } = framed(scripts.map((one) => [one]));
    return parse(await transport.read(script, options)).flat();
  };
  const questions = factQuestions(operations.map(({ fact }) => fact));
  const answered = await ask(questions.map(({ script }) => script));
  const frames = new Map(questions.flatMap(({ frames }, index) => frames(answered[index]!)));
  const left = [...operations.keys()].filter((index) => !frames.has(index));
  const single = left.length > 0 ? await ask(left.map((index) => operations[index]!.fact.script)) : [];
  for (const [index, position] of left.entries()) frames.set(position, single[index]!);
  const problems: string[] = [];
  const facts = operations.map((operation, index) => {
    try {
      return answer(operation, frames.get(index)!);
    } catch (error) {
      problems.push(`${operation.kind} ${operation.name}: ${(error as Error).message}`);
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
