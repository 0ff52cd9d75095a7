import { z } from 'zod';
import { ROLES } from '../roles';
import { environmentSchema } from './load-environments';

/** JSON schema of an environment file, for editors: `# yaml-language-server: $schema=…`. Draft 2020-12. */
export function environmentJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' });
  const kinds = (schema.oneOf ?? schema.anyOf ?? []) as { properties?: Record<string, unknown> }[];
  for (const { properties } of kinds) if (properties?.settings) properties.settings = settingsSchema();
  return { ...schema, title: 'An environment of a Firesteel project' };
}

/** Roles of the user's own may have settings too, which only they know. */
function settingsSchema(): Record<string, unknown> {
  const known = ROLES.flatMap(({ name, settings }) => (settings ? [[name, jsonSchemaOf(settings)] as const] : []));
  return {
    description: 'What roles let a plan say of them, by their names.',
    type: 'object',
    properties: Object.fromEntries(known),
    additionalProperties: true,
  };
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
}
