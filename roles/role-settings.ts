import type { z } from 'zod';
import type { Settings } from './settings';

/**
 * What the plan says of a role, with the role's defaults where it says nothing.
 * @param schema the role's `settings`; the plan has been held against it when it was read
 */
export function roleSettings<S extends z.ZodType>({ roles }: Settings, role: string, schema: S): z.output<S> {
  return schema.parse(roles[role] ?? {});
}
