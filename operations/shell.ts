import { QuoteScanner } from './_quote-scanner';
import { Secret } from './secret';

/** What may stand in a `sh` template: text becomes one quoted word, a list one quoted word each. */
export type ShellValue = string | number | Secret | Shell | readonly string[];

/** A piece of POSIX sh that is safe to run as it stands: the only way to get one is the `sh` template. */
export class Shell {
  /** @internal */
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/**
 * POSIX sh in which every value is quoted, whatever it holds: sh`cat -- ${path} >${other}`. Common indentation of the
 * template (never of the values) is taken off. A `Secret` is revealed: a script travels on standard input, in no argv.
 * @throws {Error} for a value with a NUL character, which no shell can carry, or one that stands inside quotes already
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  const { literals, quotedAfter } = template(strings);
  const text = literals.map((literal, index) => {
    if (index >= values.length) return literal;
    const value = values[index]!;
    if (quotedAfter.has(index) && isQuotedWord(value)) {
      throw new Error(`a value stands inside quotes after: ${literal.slice(-60)}`);
    }
    return literal + shown(value);
  });
  return new Shell(text.join(''));
}

/** Pieces one after the other, a line each. */
export function lines(...pieces: readonly Shell[]): Shell {
  return new Shell(pieces.map((piece) => piece.text).join('\n'));
}

interface Template {
  readonly literals: readonly string[];
  /** Literals after which a value would stand inside quotes. */
  readonly quotedAfter: ReadonlySet<number>;
}

/** A template stands in the code once and is filled in for every file of every node. */
const templates = new WeakMap<TemplateStringsArray, Template>();

function template(strings: TemplateStringsArray): Template {
  const known = templates.get(strings);
  if (known) return known;
  const literals = withoutIndentation(strings.raw);
  const scanner = new QuoteScanner();
  const quotedAfter = new Set<number>();
  literals.slice(0, -1).forEach((literal, index) => {
    scanner.read(literal);
    if (scanner.insideQuotes) quotedAfter.add(index);
  });
  templates.set(strings, { literals, quotedAfter });
  return { literals, quotedAfter };
}

/** A quoted word inside quotes would be neither: `"$HOME/${name}"` has to be written `"$HOME/"${name}`. */
function isQuotedWord(value: ShellValue): boolean {
  return typeof value !== 'number' && !(value instanceof Shell);
}

function shown(value: ShellValue): string {
  if (value instanceof Shell) return value.text;
  if (value instanceof Secret) return quoted(value.reveal());
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  return value.map(quoted).join(' ');
}

function quoted(value: string): string {
  if (value.includes('\0')) throw new Error('a NUL character cannot be written into a shell script');
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Raw literals, so that `\n` reaches the shell as written; only what TypeScript itself asks to escape, `\${` and the
 * backquote, loses its backslash. The first line break and the last line's blanks go too.
 */
function withoutIndentation(raw: readonly string[]): string[] {
  const literals = raw.map((literal) => literal.replaceAll(/\\(\$\{|`)/g, '$1'));
  const lineStarts = literals.join('\u0000').split('\n').slice(1);
  const depths = lineStarts.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const depth = depths.length > 0 ? Math.min(...depths) : 0;
  const dedented = literals.map((literal) => literal.replaceAll(`\n${' '.repeat(depth)}`, '\n'));
  dedented[0] = dedented[0]!.replace(/^\n/, '');
  dedented.push(dedented.pop()!.replace(/\n *$/, ''));
  return dedented;
}
