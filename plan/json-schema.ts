import { z } from 'zod';
import { environmentSchema } from './load-environments';

/** JSON schema of an environment file, for editors: `# yaml-language-server: $schema=…`. Draft 2020-12. */
export function environmentJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'An environment of a Firesteel project' };
}
