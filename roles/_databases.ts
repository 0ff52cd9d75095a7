import { z } from 'zod';

/** The databases that a plan names, each once. */
export function databaseList<S extends z.ZodType<{ readonly name: string }>>(database: S) {
  return z
    .array(database)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names a database twice')
    .default([])
    .describe('Databases that are made where they are missing; none is ever dropped.');
}
