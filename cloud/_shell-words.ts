/** Stands in a word where a command's output would be: nothing is run here. */
export const COMMAND_OUTPUT = '\0';

/**
 * The statements of one line of shell, each as its words: quotes taken off, variables put in, comments left out. Each is
 * read when it is asked for, so that `lookUp` knows what the one before it has set.
 * @throws {RangeError} where a quote is open at the end
 */
export function* shellStatements(
  line: string,
  lookUp: (name: string) => string | undefined,
): Generator<readonly string[]> {
  yield* new Lexer(line, lookUp).statements();
}

class Lexer {
  private words: string[] = [];
  private word: string | undefined;
  private at = 0;

  constructor(
    private readonly line: string,
    private readonly lookUp: (name: string) => string | undefined,
  ) {}

  *statements(): Generator<readonly string[]> {
    while (this.at < this.line.length) {
      const char = this.line[this.at];
      if (char === '#' && this.word === undefined) break;
      if (';&|'.includes(char)) {
        yield this.endStatement();
        this.at += 1;
      } else this.step(char);
    }
    yield this.endStatement();
  }

  private step(char: string): void {
    if (char === ' ' || char === '\t') {
      this.endWord();
      this.at += 1;
    } else if (char === "'") this.singleQuoted();
    else if (char === '"') this.doubleQuoted();
    else this.plain(char);
  }

  private plain(char: string): void {
    if (char === '\\') {
      this.add(this.line[this.at + 1] ?? '');
      this.at += 2;
    } else if (char === '$') this.variable();
    else if (char === '`') this.skip(COMMAND_OUTPUT, 1);
    else {
      this.add(char);
      this.at += 1;
    }
  }

  private singleQuoted(): void {
    const end = this.line.indexOf("'", this.at + 1);
    if (end < 0) throw new RangeError('open quote');
    this.add(this.line.slice(this.at + 1, end));
    this.at = end + 1;
  }

  private doubleQuoted(): void {
    this.add('');
    this.at += 1;
    while (this.line[this.at] !== '"') {
      const char = this.line[this.at];
      if (char === undefined) throw new RangeError('open quote');
      if (char === '\\' && !'$`"\\'.includes(this.line[this.at + 1] ?? ' ')) this.skip(char, 1);
      else this.plain(char);
    }
    this.at += 1;
  }

  /** `$X`, `${X}`, `${X:-default}`; a lone `$` stays. */
  private variable(): void {
    const match = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^}]*))?\})/.exec(this.line.slice(this.at));
    if (match) this.skip(this.lookUp(match[1] ?? match[2]) || (match[3] ?? ''), match[0].length);
    else if (this.line[this.at + 1] === '(') this.skip(COMMAND_OUTPUT, 2);
    else this.skip('$', 1);
  }

  private skip(text: string, length: number): void {
    this.add(text);
    this.at += length;
  }

  private add(text: string): void {
    this.word = (this.word ?? '') + text;
  }

  private endWord(): void {
    if (this.word !== undefined) this.words.push(this.word);
    this.word = undefined;
  }

  private endStatement(): readonly string[] {
    this.endWord();
    const words = this.words;
    this.words = [];
    return words;
  }
}
