import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { YamlSource } from './_yaml-source';

/**
 * Where an environment's file says `key: value`, for errors that are found out long after it was read.
 * @param file of a plan that has been loaded
 * @returns `file:line:column` of each
 */
export function findPlaces(file: string, key: string, value: string): string[] {
  const shown = relative(process.cwd(), file) || file;
  return new YamlSource(shown, readFileSync(file, 'utf8')).placesOf(key, value).map((place) => `${shown}:${place}`);
}
