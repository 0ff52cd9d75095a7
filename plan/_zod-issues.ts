import type { z } from 'zod';
import { didYouMean } from './_suggest';
import type { YamlSource } from './_yaml-source';
import type { PlanIssue } from './plan-error';

type Issue = z.core.$ZodIssue;

/** Zod's issues in the user's words, each where it stands in the file. */
export function zodIssues(error: z.ZodError, source: YamlSource, schema: z.ZodType): PlanIssue[] {
  return error.issues.flatMap((issue) => toPlanIssues(issue, source, schema));
}

function toPlanIssues(issue: Issue, source: YamlSource, schema: z.ZodType): PlanIssue[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue, key, source, schema));
  if (issue.code === 'invalid_union') return unionIssues(issue, source, schema);
  if (issue.code === 'invalid_type' && issue.path.length === 0) return [kindIssue(issue, source, schema)];
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [source.issue(issue.path, `is missing: ${inWords(issue.expected)} is needed here`)];
  }
  if (issue.code === 'invalid_type')
    return [source.issue(issue.path, `must be ${inWords(issue.expected)}, got ${show(issue.input)}`)];
  if (issue.code === 'too_small' && issue.origin === 'number' && issue.inclusive)
    return [source.issue(issue.path, `must be at least ${issue.minimum}, got ${show(issue.input)}`)];
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return [
      source.issue(
        issue.path,
        `must be one of ${values.join(', ')}, got ${show(issue.input)}${didYouMean(String(issue.input), values)}`,
      ),
    ];
  }
  return [source.issue(issue.path, issue.message)];
}

function unknownKey(issue: Issue, key: string, source: YamlSource, schema: z.ZodType): PlanIssue {
  const known = keysAt(schema, issue.path, source.value);
  const allowed = known.length > 0 ? `; known here: ${known.join(', ')}` : '';
  return source.issueAtKey(issue.path, key, `unknown key "${key}"${didYouMean(key, known)}${allowed}`);
}

/** Of a union's branches the nearest one speaks: the one with the fewest issues, among those that take what is there at all. */
function unionIssues(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  source: YamlSource,
  schema: z.ZodType,
): PlanIssue[] {
  if (issue.errors.length === 0)
    return [issue.path.length > 1 ? choiceIssue(issue, source) : kindIssue(issue, source, schema)];
  const kinds = issue.errors.map(typeOnly);
  if (kinds.length > 0 && !kinds.includes(undefined)) {
    const wanted = [...new Set(kinds.map((kind) => inWords(kind!)))].join(' or ');
    const got =
      issue.input === undefined
        ? `is missing: ${wanted} is needed here`
        : `must be ${wanted}, got ${show(issue.input)}`;
    return [source.issue(issue.path, got)];
  }
  const taking = issue.errors.filter((_issues, index) => kinds[index] === undefined);
  const nearest = taking.sort((a, b) => missing(a) - missing(b) || a.length - b.length)[0]!;
  return nearest.flatMap((inner) =>
    toPlanIssues({ ...inner, path: [...issue.path, ...inner.path] } as Issue, source, schema),
  );
}

/** A section says what it is by one of its keys, and says none of what there is. */
function choiceIssue(issue: Extract<Issue, { code: 'invalid_union' }>, source: YamlSource): PlanIssue {
  const { path, input, options = [] } = issue as typeof issue & { readonly options?: readonly unknown[] };
  const names = options.map(String);
  const got = (input as Record<PropertyKey, unknown>)[path.at(-1)!];
  const near = typeof got === 'string' ? didYouMean(got, names) : '';
  return source.issue(path, `must be one of ${names.join(', ')}, got ${show(got)}${near}`);
}

/** The type that a branch wants, where nothing else is wrong but that. */
function typeOnly(issues: readonly Issue[]): string | undefined {
  const [only, ...others] = issues;
  return only?.code === 'invalid_type' && only.path.length === 0 && others.length === 0 ? only.expected : undefined;
}

function missing(issues: readonly Issue[]): number {
  return issues.filter((issue) => issue.code === 'invalid_type' && issue.input === undefined).length;
}

function kindIssue(issue: Issue, source: YamlSource, schema: z.ZodType): PlanIssue {
  const kinds = branches(schema).map((branch) => String(shapeOf(branch)?.kind?._zod.def.values?.[0]));
  const value = source.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return source.issue(
      [],
      `an environment is a map that begins with "kind:" (one of ${kinds.join(', ')}), got ${show(value)}`,
    );
  }
  const kind = (value as { kind?: unknown }).kind;
  if (kind === undefined) return source.issue([], `has no "kind:": say which, one of ${kinds.join(', ')}`);
  return source.issue(
    issue.path,
    `must be one of ${kinds.join(', ')}, got ${show(kind)}${didYouMean(String(kind), kinds)}`,
  );
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const keys = branches(schema)
    .filter((branch) => fits(branch, value))
    .flatMap((branch) => {
      const shape = shapeOf(branch);
      if (!shape) return path.length > 0 ? elementKeys(branch, path, value) : [];
      if (path.length === 0) return Object.keys(shape);
      const [key, ...rest] = path;
      const inner = shape[String(key)];
      return inner ? keysAt(inner as z.ZodType, rest, (value as Record<PropertyKey, unknown> | undefined)?.[key!]) : [];
    });
  return [...new Set(keys)];
}

function elementKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const { element, valueType } = schema._zod.def as { element?: z.ZodType; valueType?: z.ZodType };
  const inner = element ?? valueType;
  return inner ? keysAt(inner, path.slice(1), (value as Record<PropertyKey, unknown> | undefined)?.[path[0]!]) : [];
}

/** Of several kinds, or backends, only the one that the file names. */
function fits(branch: z.ZodType, value: unknown): boolean {
  const shape = shapeOf(branch) ?? {};
  return ['kind', 'backend'].every((key) => {
    const name = shape[key]?._zod.def.values?.[0];
    return name === undefined || name === (value as Record<string, unknown> | undefined)?.[key];
  });
}

interface Definition {
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly shape?: Record<string, { _zod: { def: { values?: readonly unknown[] } } }>;
}

function branches(schema: z.ZodType): z.ZodType[] {
  const { innerType, options } = schema._zod.def as Definition;
  if (innerType) return branches(innerType);
  return options ? options.flatMap(branches) : [schema];
}

function shapeOf(schema: z.ZodType): Definition['shape'] {
  return (schema._zod.def as Definition).shape;
}

const WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  object: 'a section',
  record: 'a section',
};

function inWords(type: string): string {
  return WORDS[type] ?? `a ${type}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
