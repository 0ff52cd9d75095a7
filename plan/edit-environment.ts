import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { didYouMean } from './_suggest';
import { dropItems, NotInPlaceError, setScalar, type YamlPath } from './_yaml-edit';
import { YamlSource } from './_yaml-source';
import type { ClusterEnvironment } from './load-environments';
import { PlanError } from './plan-error';
import type { ScalableGroup } from './scalable-group';

export interface SetCountOptions {
  /**
   * Numbers of the nodes that go: what lists say of them node by node, such as their addresses, goes too, so that the
   * others keep theirs. @default - those of the highest numbers
   */
  readonly leaving?: readonly number[];
}

/**
 * The group that a word of the user's means, e.g. `workers`.
 * @throws {PlanError} when there is none
 */
export function scalableGroup({ name, scalable }: ClusterEnvironment, word: string): ScalableGroup {
  const found = Object.hasOwn(scalable, word) ? scalable[word] : undefined;
  if (found) return found;
  const words = Object.keys(scalable);
  const message = `${name} has no "${word}" whose number can be changed${didYouMean(word, words)}: there are ${words.join(', ')}`;
  throw new PlanError([{ path: '', message }]);
}

/**
 * Changes the number of a group's nodes in the environment's file, where it stands: comments, order, quotes and line
 * ends are kept. Atomic; the file keeps its mode.
 * @param environment as it was loaded while the register still had the nodes that go
 * @param word as the user says it, e.g. `workers`
 * @returns whether the file had to be changed
 * @throws {PlanError} with its place where the number is also another's (anchor, alias, merge)
 */
export function setCount(
  environment: ClusterEnvironment,
  word: string,
  count: number,
  options: SetCountOptions = {},
): boolean {
  const { group, path, lists } = scalableGroup(environment, word);
  const positions = positionsOf(environment, group, count, options);
  return rewrite(environment, path, count, (text, source) => ({
    edited: lists.reduce((left, list) => dropItems(left, list, positions), setScalar(text, path, count)),
    meant: expected(source, path, count, lists, positions),
  }));
}

/**
 * Sets a word in the environment's file, where it stands; see `setCount`.
 * @param path e.g. `['settings', 'mariadb-galera', 'asynchronous', 'primary']`, whose last key may be missing yet
 * @returns whether the file had to be changed
 * @throws {PlanError} with its place where it is also another's (anchor, alias, merge)
 */
export function setWord(environment: Pick<ClusterEnvironment, 'file'>, path: YamlPath, word: string): boolean {
  return rewrite(environment, path, word, (text, source) => ({
    edited: setScalar(text, path, word),
    meant: expected(source, path, word, [], []),
  }));
}

/** Writes what an edit makes of the file, if that is what was meant, and nothing else. */
function rewrite(
  { file }: Pick<ClusterEnvironment, 'file'>,
  path: YamlPath,
  value: number | string,
  edit: (text: string, source: YamlSource) => { readonly edited: string; readonly meant: unknown },
): boolean {
  const text = readFileSync(file, 'utf8');
  const source = new YamlSource(relative(process.cwd(), file) || file, text);
  const { edited, meant } = inPlace(source, () => edit(text, source));
  if (!isDeepStrictEqual(parsed(edited, source), meant)) {
    throw new PlanError([
      source.issue(path, `can't be changed in place: write "${path.at(-1)}: ${value}" there yourself`),
    ]);
  }
  if (edited === text) return false;
  writeFileAtomic(file, edited);
  return true;
}

/** Where the nodes that go stand among the group's, from 0. */
function positionsOf(
  { plan }: ClusterEnvironment,
  group: string,
  count: number,
  { leaving }: SetCountOptions,
): readonly number[] {
  const numbers = plan.groups.find(({ name }) => name === group)?.numbers ?? [];
  const going = leaving ?? numbers.slice(count);
  return numbers.flatMap((number, position) => (going.includes(number) ? [position] : []));
}

function inPlace<T>(source: YamlSource, edit: () => T): T {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof NotInPlaceError)) throw error;
    throw new PlanError([source.issue(error.path, error.message)]);
  }
}

/** Undefined where the text is no YAML any more. */
function parsed(text: string, { file }: YamlSource): unknown {
  try {
    return unshared(new YamlSource(file, text).value);
  } catch {
    return undefined;
  }
}

function expected(
  { value }: YamlSource,
  path: YamlPath,
  scalar: number | string,
  lists: readonly YamlPath[],
  positions: readonly number[],
): unknown {
  const copy = unshared(value);
  for (const list of lists) {
    const items = sectionAt(copy, list)?.[list.at(-1)!];
    if (!Array.isArray(items)) continue;
    for (const position of [...positions].reverse()) items.splice(position, 1);
  }
  const section = sectionAt(copy, path);
  if (section) section[path.at(-1)!] = scalar;
  return copy;
}

function sectionAt(value: unknown, path: YamlPath): Record<string, unknown> | undefined {
  return path
    .slice(0, -1)
    .reduce<unknown>((section, key) => (section as Record<string, unknown> | undefined)?.[key], value) as
    | Record<string, unknown>
    | undefined;
}

/** An alias stands for the very same object, which would be changed in both places. */
function unshared(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
