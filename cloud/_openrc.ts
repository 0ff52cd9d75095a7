import { readFileSync } from 'node:fs';
import type { AskPassword } from './_settings';
import { COMMAND_OUTPUT, shellStatements } from './_shell-words';
import { CloudError } from './cloud-error';

export interface Openrc {
  readonly variables: Readonly<Record<string, string>>;
  /** The file holds no password itself: it reads one. */
  readonly asks: boolean;
}

/**
 * The variables that an openrc.sh would export, read without running it: assignments, `unset`, the `if [ -z … ]; then
 * unset …; fi` of Horizon's template, and `read`, which asks.
 * @throws {CloudError} badConfiguration, with file:line: what only a shell could work out, or a question with nobody to ask
 */
export async function readOpenrc(file: string, env: NodeJS.ProcessEnv, ask?: AskPassword): Promise<Openrc> {
  const reader = new OpenrcReader(file, env, ask);
  const lines = readText(file).split(/\r?\n/);
  for (const [index, line] of lines.entries()) await reader.line(line, index + 1);
  return { variables: reader.variables, asks: reader.asks };
}

class OpenrcReader {
  readonly variables: Record<string, string> = {};
  asks = false;
  private echoed = '';
  /** Whether the branch of each `if` that is open is taken. */
  private readonly branches: boolean[] = [];

  constructor(
    private readonly file: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly ask?: AskPassword,
  ) {}

  async line(text: string, number: number): Promise<void> {
    for (const words of this.parse(text, number)) {
      if (words[0] === 'else') this.branches.push(!this.branches.pop());
      const command = words[0] === 'then' || words[0] === 'else' ? words.slice(1) : words;
      if (command[0] === 'if') this.branches.push(this.holds(command.slice(1)));
      else if (command[0] === 'fi') this.branches.pop();
      else if (this.branches.every((taken) => taken)) await this.statement(command, number);
    }
  }

  private async statement(words: readonly string[], number: number): Promise<void> {
    const [command, ...rest] = words;
    if (command === undefined) return;
    if (command === 'unset') for (const name of rest) delete this.variables[name];
    else if (command === 'echo') this.echoed = rest.filter((word) => !/^-[neE]+$/.test(word)).join(' ');
    else if (command === 'read') await this.read(rest, number);
    else for (const word of command === 'export' ? rest : words) this.assign(word, number);
  }

  private assign(word: string, number: number): void {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(word);
    if (!match) return;
    if (match[1].startsWith('OS_') && match[2].includes(COMMAND_OUTPUT)) {
      throw this.bad(number, `${match[1]} is the output of a command, which Firesteel doesn't run`);
    }
    this.variables[match[1]] = match[2];
  }

  private async read(words: readonly string[], number: number): Promise<void> {
    const names = words.filter((word, index) => !word.startsWith('-') && !takesPrompt(words[index - 1]));
    const prompt = words.find((_, index) => takesPrompt(words[index - 1])) ?? this.echoed;
    const name = names[0] ?? 'REPLY';
    this.asks = true;
    // A password in the shell already answers the question: that is how scripts use a file that asks.
    const known = /PASSWORD/.test(name) ? this.env.OS_PASSWORD : undefined;
    if (known === undefined && !this.ask) {
      throw this.bad(
        number,
        `asks for ${name}, and there is no terminal to answer at; set OS_PASSWORD in the environment`,
        '',
      );
    }
    this.variables[name] = known ?? (await this.ask!(`${prompt.trim() || name} `));
  }

  /** `[ -z X ]` and `[ -n X ]`; other conditions are taken to hold. */
  private holds(condition: readonly string[]): boolean {
    const [, operator, value] = condition.filter((word) => word !== ']' && word !== ']]');
    if (operator === '-z') return (value ?? '') === '';
    if (operator === '-n') return (value ?? '') !== '';
    return true;
  }

  private *parse(text: string, number: number): Generator<readonly string[]> {
    try {
      yield* shellStatements(text, (name) => this.variables[name] ?? this.env[name]);
    } catch (error) {
      if (error instanceof RangeError) throw this.bad(number, 'has a quote that is not closed on its line');
      throw error;
    }
  }

  private bad(
    line: number,
    reason: string,
    next = '; run `source` on it in your shell and leave --openrc away',
  ): CloudError {
    const place = `${this.file}:${line}`;
    return new CloudError('badConfiguration', `${place}: ${reason}${next}`, { place });
  }
}

function takesPrompt(word: string | undefined): boolean {
  return word !== undefined && /^-[a-z]*p$/.test(word);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'does not exist' : `can't be read (${code})`;
    throw new CloudError('badConfiguration', `openrc file ${file} ${reason}`, { place: file, cause: error });
  }
}
