import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  Scalar,
  stringify,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

export type YamlPath = readonly string[];

/** A value that can't be changed where it stands. */
export class NotInPlaceError extends Error {
  constructor(
    readonly path: YamlPath,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The text with a number or a word set, and nothing else changed: comments, order, quotes and line ends stay. Where the key
 * is missing it is added to its section.
 * @throws {NotInPlaceError} where the value is also another's
 */
export function setScalar(text: string, path: YamlPath, value: number | string): string {
  const document = parseDocument(text);
  const way = new Way(document, path.slice(0, -1));
  const section = way.node;
  const key = path.at(-1)!;
  if (!isMap(section)) throw new NotInPlaceError(way.path, 'is no section in which something could be set');
  const found = memberOf(section, key);
  if (found === undefined) return addPair(text, section, key, value, way);
  const old = new Way(document, path).node;
  const [start, end] = rangeOf(old);
  return `${text.slice(0, start)}${written(value, isScalar(old) ? old.type : undefined)}${text.slice(end)}`;
}

/** In the quotes that were there, where there are any. */
function written(value: number | string, type: Scalar['type'] | undefined): string {
  if (typeof value === 'number') return String(value);
  if (type === Scalar.QUOTE_DOUBLE) return JSON.stringify(value);
  if (type === Scalar.QUOTE_SINGLE) return `'${value.replaceAll("'", "''")}'`;
  return stringify(value).trimEnd();
}

/**
 * The text without some of a list's items; unchanged where there is no list.
 * @param indexes from 0
 * @throws {NotInPlaceError} where the list is also another's
 */
export function dropItems(text: string, path: YamlPath, indexes: readonly number[]): string {
  return [...indexes].sort((a, b) => b - a).reduce((left, index) => dropItem(left, path, index), text);
}

/** The nodes from the top to a value, none of which is shared with another place of the document. */
class Way {
  readonly node: Node | undefined;

  constructor(
    private readonly document: Document.Parsed,
    readonly path: YamlPath,
  ) {
    let node: Node | undefined = document.contents ?? undefined;
    this.#check(node, []);
    for (const [index, key] of path.entries()) {
      node = isMap(node) ? memberOf(node, key) : undefined;
      this.#check(node, path.slice(0, index + 1));
    }
    this.node = node;
  }

  /** Whether a merge (`<<`) gives the section a key that it doesn't have itself. */
  inherits(key: string): boolean {
    const section = this.path.reduce<unknown>(
      (value, step) => (value as Record<string, unknown> | undefined)?.[step],
      this.document.toJS(),
    );
    return Object.hasOwn(Object(section), key);
  }

  #check(node: Node | undefined, path: YamlPath): void {
    if (isAlias(node)) throw shared(path, `is "*${node.source}"`);
    const anchor = (node as { anchor?: string } | undefined)?.anchor;
    if (anchor !== undefined && this.#isUsed(anchor)) throw shared(path, `is what "*${anchor}" stands for elsewhere`);
  }

  #isUsed(anchor: string): boolean {
    let used = false;
    visit(this.document, {
      Alias: (_, { source }) => {
        used ||= source === anchor;
      },
    });
    return used;
  }
}

function shared(path: YamlPath, reason: string): NotInPlaceError {
  return new NotInPlaceError(
    path,
    `${reason}: a change here would change other places too, or be changed by them; write it out, without anchor and alias`,
  );
}

function memberOf(section: YAMLMap, key: string): Node | undefined {
  const pair = section.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isNode(pair?.value) ? pair.value : undefined;
}

function addPair(text: string, section: YAMLMap, key: string, value: number | string, way: Way): string {
  if (way.inherits(key)) {
    throw new NotInPlaceError([...way.path, key], 'comes from a merge ("<<"): write it out in this section');
  }
  const first = section.items[0];
  if (!isNode(first?.key)) throw new NotInPlaceError(way.path, `has no lines to which "${key}" could be added`);
  const [start] = rangeOf(first.key);
  const type = isScalar(first.key) ? first.key.type : undefined;
  const pair = `${written(key, type)}: ${written(value, type)}`;
  const last = section.items.at(-1)!;
  const end = rangeOf(isNode(last.value) ? last.value : (last.key as Node))[1];
  if (section.flow) return `${text.slice(0, end)}, ${pair}${text.slice(end)}`;
  const indent = text.slice(lineStart(text, start), start);
  return insertLine(text, lineAfter(text, start, first.value), `${indent}${pair}`);
}

/** Below the first line of a section, or above it where more of its value follows. */
function lineAfter(text: string, start: number, value: unknown): number {
  const [, end] = isScalar(value) || isAlias(value) ? rangeOf(value) : [0, start];
  const isOneLine = end > start && !text.slice(start, end).includes('\n');
  return isOneLine ? lineEnd(text, end) + 1 : lineStart(text, start);
}

/** @param at where a line begins, or beyond the end */
function insertLine(text: string, at: number, line: string): string {
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  if (at > text.length) return `${text}${ending}${line}`;
  return `${text.slice(0, at)}${line}${ending}${text.slice(at)}`;
}

function dropItem(text: string, path: YamlPath, index: number): string {
  const list = new Way(parseDocument(text), path).node;
  if (!isSeq(list) || !isNode(list.items[index])) return text;
  const [from, to, instead] = cutOf(text, list, index);
  return `${text.slice(0, from)}${instead}${text.slice(to)}`;
}

function cutOf(text: string, list: YAMLSeq, index: number): [from: number, to: number, instead: string] {
  const ranges = list.items.map((item) => rangeOf(item as Node));
  const [start, end] = ranges[index]!;
  if (ranges.length === 1 && list.flow) return [...rangeOf(list), '[]'];
  // Deeper than its key, whose column a list may share.
  if (ranges.length === 1) return [rangeOf(list)[0], end, '  []'];
  if (!list.flow) return [lineStart(text, start), lineEnd(text, end) + 1, ''];
  const next = ranges[index + 1];
  return next ? [start, next[0], ''] : [ranges[index - 1]![1], end, ''];
}

function rangeOf(node: Node | undefined): [start: number, end: number] {
  const [start = 0, end = 0] = node?.range ?? [];
  return [start, end];
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}
