import type { Command } from 'commander';

/** Commands whose later words belong to another program, and how many words are their own. */
const OWN_WORDS: Readonly<Record<string, number>> = { submit: 2, ssh: 2, run: 2 };

/**
 * Puts `--` after a command's own words, so that options may stand anywhere before them and everything after them is
 * the job's: `submit dev --on worker-1 job.py --verbose`.
 */
export function separateJobArguments(program: Command, args: readonly string[]): string[] {
  const at = skipOptions(program, args, 0);
  const command = program.commands.find((each) => each.name() === args[at]);
  const own = OWN_WORDS[args[at] ?? ''];
  if (!command || own === undefined) return [...args];
  let next = at;
  for (let word = 0; word < own; word++) {
    next = skipOptions(command, args, next + 1);
    if (next >= args.length || args[next] === '--') return [...args];
  }
  return [...args.slice(0, next + 1), '--', ...args.slice(next + 1)];
}

/** Index of the first word, from `start`, that is neither an option nor an option's value. */
function skipOptions(command: Command, args: readonly string[], start: number): number {
  let index = start;
  while (index < args.length && /^-./.test(args[index]!) && args[index] !== '--') {
    const [flag] = args[index]!.split('=');
    const option = command.options.find(({ long, short }) => long === flag || short === flag);
    index += option?.required && !args[index]!.includes('=') ? 2 : 1;
  }
  return index;
}
