import { resolve } from 'node:path';

/** A path that a file says from its project's folder on. */
const LOCAL = /^\.\.?(\/|$)/;

/** The value with every text that is a local path, such as `./apps/blog`, made absolute. */
export function withLocalPaths<T>(value: T, projectDir: string): T {
  if (typeof value === 'string') return (LOCAL.test(value) ? resolve(projectDir, value) : value) as T;
  if (Array.isArray(value)) return value.map((item) => withLocalPaths(item, projectDir)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLocalPaths(inner, projectDir)])) as T;
}
