import { z } from 'zod';
import { MOMENTS, type Moment } from '../roles/steps';
import { text } from './_fields';

/** What nodes of a group do at which moment, besides what their roles do. */
export type StepsSpec = Partial<Readonly<Record<Moment, readonly StepSpec[]>>>;

/** A script of the user's own: its file, or its text. */
export type StepSpec = StepParameters &
  (
    | {
        /** A file of the project: `./scripts/tune.sh`. Without a `#!` line it is POSIX sh. Runs as root. */
        readonly script: string;
      }
    | {
        /** Text of a script. */
        readonly run: string;
      }
  );

export interface StepParameters {
  /** Environment variables that it gets, besides `FIRESTEEL_CLUSTER`, `FIRESTEEL_NODE`, `FIRESTEEL_GROUP`, `FIRESTEEL_ADDRESS`. @default {} */
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

const parameters = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable: letters, digits and "_"'),
    z.union([z.string(), z.number(), z.boolean()]),
  )
  .default({})
  .describe('Environment variables that the script gets. No secrets.');

const step = z.union([
  z.strictObject({ script: text.describe('A file of the project: ./scripts/tune.sh.'), with: parameters }),
  z.strictObject({ run: text.describe('Text of a script.'), with: parameters }),
]);

export const stepsSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(MOMENTS).map(([moment, when]) => [
        moment,
        z.array(step).optional().describe(`Scripts that run ${when}.`),
      ]),
    ) as Record<Moment, z.ZodOptional<z.ZodArray<typeof step>>>,
  )
  .default({})
  .describe('Scripts of your own that the nodes run at a moment.');
