import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { among } from './_among';
import { packageRoot } from './_package-root';
import { UsageError } from './errors';

const value = z.strictObject({
  /** For people, e.g. `flavor of the brokers`. */
  what: z.string(),
  default: z.union([z.string(), z.number()]).optional(),
  /** Of a flavor: what it has to have at least; the cloud's smallest that fits is taken where nobody names one. */
  needs: z.strictObject({ vcpus: z.number(), memoryMiB: z.number(), diskGiB: z.number() }).optional(),
});

const head = z.strictObject({ summary: z.string(), values: z.record(z.string(), value) });

export type TemplateValue = z.infer<typeof value>;

/** A plan with gaps: a document that says what belongs into them, and the environment's file. */
export interface Template {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly values: Readonly<Record<string, TemplateValue>>;
  /** With `{{name}}` where a value belongs. */
  readonly text: string;
}

/** The value that every template has besides its own. */
export const COMMON_VALUE = 'common';

/** The bundled ones, in alphabetical order. */
export function templates(folder: string = join(packageRoot(), 'templates')): readonly Template[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => readTemplate(folder, file));
}

function readTemplate(folder: string, file: string): Template {
  const [first = '', ...rest] = readFileSync(join(folder, file), 'utf8').split('\n---\n');
  return { name: file.replace(/\.yaml$/, ''), ...head.parse(parse(first)), text: rest.join('\n---\n') };
}

/** @throws {UsageError} naming those that there are */
export function findTemplate(name: string): Template {
  const all = templates();
  const found = all.find((template) => template.name === name);
  if (found) return found;
  const names = all.map((template) => template.name);
  throw new UsageError(`there is no template "${name}"${among(name, names)}`);
}

/**
 * The environment's file.
 * @throws {UsageError} with every value that is missing, and what it is, or that the template does not have
 */
export function render(template: Template, given: Readonly<Record<string, string>>): string {
  const known = [COMMON_VALUE, ...Object.keys(template.values)];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`${template.name} has no value "${unknown.join('", "')}": it has ${known.join(', ')}`);
  const missing = Object.entries(template.values).filter(
    ([name, { default: otherwise }]) => given[name] === undefined && otherwise === undefined,
  );
  if (missing.length > 0) {
    const lines = missing.map(([name, { what }]) => `  --set ${name}=…   ${what}`);
    throw new UsageError(`${template.name} has no value yet for\n${lines.join('\n')}`);
  }
  const filled = (name: string) => given[name] ?? template.values[name]?.default ?? COMMON_VALUE;
  return template.text.replaceAll(/\{\{(\w+)\}\}/g, (_gap, name: string) => scalar(filled(name)));
}

/** As YAML has it anywhere, in braces too; a number that was given as text is a number. */
function scalar(given: string | number): string {
  if (typeof given === 'number' || /^\d{1,9}$/.test(given)) return String(given);
  return /^[\w./-]+$/.test(given) && parse(given) === given ? given : JSON.stringify(given);
}
