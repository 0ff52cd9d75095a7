import type { Fact } from '../operations/operation';
import type { Frame } from './_frames';

/** A script that asks for one fact, or for several at once. */
export interface FactQuestion {
  readonly script: string;
  /** From the answer, that of each single fact by its position; of several at once none, where they have to be asked singly. */
  readonly frames: (answer: Frame) => readonly (readonly [number, Frame])[];
}

/** The scripts that ask for all facts; those that can be asked together are one. */
export function factQuestions(facts: readonly Fact<unknown>[]): readonly FactQuestion[] {
  const joints = new Set(facts.map(({ joint }) => joint?.by));
  return [...joints].flatMap((by) => {
    const asked = [...facts.keys()].filter((position) => facts[position]!.joint?.by === by);
    return by === undefined || asked.length === 1
      ? asked.map((position) => alone(facts, position))
      : together(facts, asked);
  });
}

function alone(facts: readonly Fact<unknown>[], position: number): FactQuestion {
  return { script: facts[position]!.script, frames: (answer) => [[position, answer]] };
}

function together(facts: readonly Fact<unknown>[], asked: readonly number[]): FactQuestion {
  const { by } = facts[asked[0]!]!.joint!;
  const items = asked.map((position) => facts[position]!.joint!.item);
  return {
    script: by.script(items),
    frames: (answer) => {
      const texts = tryAnswers(answer, () => by.answers(answer.stdout, items));
      return texts.map((stdout, index) => [asked[index]!, { ...answer, stdout }]);
    },
  };
}

function tryAnswers({ exitCode }: Frame, answers: () => readonly string[]): readonly string[] {
  if (exitCode !== 0) return [];
  try {
    return answers();
  } catch {
    return [];
  }
}
