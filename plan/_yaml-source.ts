import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { PlanError, type PlanIssue } from './plan-error';

type Path = readonly PropertyKey[];

/** A YAML file that knows where each of its values stands. */
export class YamlSource {
  readonly value: unknown;
  readonly #lines = new LineCounter();
  readonly #document;

  /** @throws {PlanError} when the text is not YAML */
  constructor(
    readonly file: string,
    text: string,
  ) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    // Only the first: what the parser says after it mostly follows from it.
    const [error] = this.#document.errors;
    if (error) throw new PlanError([{ message: inWords(error), path: '', file, ...this.#place(error.pos[0]) }]);
    this.value = this.#toValue();
  }

  /** An issue at the value of `path`, or at the nearest thing above it that stands in the file. */
  issue(path: Path, message: string): PlanIssue {
    return { message, path: path.join('.'), file: this.file, ...this.#place(this.#offsetOfValue(path)) };
  }

  /** An issue at the key `key` of the map at `path`. */
  issueAtKey(path: Path, key: string, message: string): PlanIssue {
    const map = this.#node(path);
    const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const offset = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
    return {
      message,
      path: [...path, key].join('.'),
      file: this.file,
      ...this.#place(offset ?? this.#offsetOfValue(path)),
    };
  }

  /** Where the file says `key: value`, or has the value in a list under the key, each as `line:column` of the value. */
  placesOf(key: string, value: string): string[] {
    const places: string[] = [];
    visit(this.#document, {
      Pair: (_, pair) => {
        if (!isScalar(pair.key) || pair.key.value !== key) return;
        for (const found of isSeq(pair.value) ? pair.value.items : [pair.value]) {
          if (!isScalar(found) || String(found.value) !== value) continue;
          const { line, column } = this.#place(found.range?.[0] ?? 0);
          places.push(`${line}:${column}`);
        }
      },
    });
    return places;
  }

  #toValue(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      // The parser leaves aliases alone; one whose anchor is missing is found only here.
      const issue = { message: `not valid YAML: ${(error as Error).message}`, path: '', file: this.file };
      throw new PlanError([{ ...issue, ...this.#place(this.#offsetOfBrokenAlias()) }]);
    }
  }

  #offsetOfBrokenAlias(): number {
    let offset = 0;
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document)) return undefined;
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    return offset;
  }

  #node(path: Path): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  #offsetOfValue(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const range = this.#node(path.slice(0, length))?.range;
      if (range) return range[0];
    }
    return 0;
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** The parser's own words, but where they are for who programs with it. */
function inWords({ code, message }: YAMLParseError): string {
  if (code === 'MULTIPLE_DOCS') return 'holds more than one document: a file is one environment, without "---" in it';
  return `not valid YAML: ${message}`;
}
