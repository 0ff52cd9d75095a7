import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PYTHON_REQUIREMENT } from '../../operations/python-packages';
import type { FolderRelease } from '../_folder-release';
import { localFolder } from '../_local-folder';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';
import { FLASK_APP_CODE } from './_paths';

const MODULE = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\(\))?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const REQUIREMENTS = 'requirements.txt';

/** What a plan says under `settings: { flask-app: … }`. */
export const FLASK_APP_SETTINGS = z
  .strictObject({
    app: localFolder.describe(
      "Folder with the application's code, ./apps/blog, with its requirements.txt if it has one.",
    ),
    module: z
      .string()
      .regex(MODULE, {
        abort: true,
        error: 'must name a module and what in it is the application, such as app:app or shop.web:create_app()',
      })
      .default('app:app'),
    workers: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Processes that answer requests; absent: by CPUs and memory, from 1 to 2 for each CPU and one more.'),
    threads: z.number().int().min(1).max(64).default(1).describe('Requests that each of them answers at a time.'),
    environment: z
      .record(
        z.string(),
        z.union([z.string().regex(/^[^\r\n\0]*$/, 'must be one line'), z.number(), z.boolean()]).transform(String),
      )
      .refine(
        (all) => Object.keys(all).every((name) => VARIABLE.test(name)),
        'has a name that no environment variable can have',
      )
      .default({})
      .describe('Variables that are no secret.'),
    secrets: z
      .array(z.string().regex(/^[a-z][a-z0-9.-]*$/, 'must be the name of a secret such as postgresql.app'))
      .default([])
      .describe(
        'Names of secrets that other roles share, such as postgresql.app: each is a file in $CREDENTIALS_DIRECTORY.',
      ),
    uses: z
      .array(z.string())
      .default([])
      .describe(
        'Roles whose nodes the application talks to: it is told their addresses, as POSTGRESQL_NODES=10.0.0.5,10.0.0.6, and ' +
          'given the certificate to know kafka by, as the file kafka.crt in $CREDENTIALS_DIRECTORY.',
      ),
    check: z
      .string()
      .regex(/^\/[!-~]*$/, 'must be a path such as /health')
      .default('/')
      .describe('It is well while this path is answered with a status below 500.'),
  })
  .superRefine(({ app, module }, issues) => {
    const wrong = missingModule(app, module) ?? badRequirement(app);
    if (wrong !== undefined) issues.addIssue({ code: 'custom', path: ['app'], message: wrong });
  });

export type FlaskAppSettings = z.output<typeof FLASK_APP_SETTINGS>;

/** @throws {z.ZodError} when the plan names no application */
export function flaskAppSettings(settings: Settings): FlaskAppSettings {
  return roleSettings(settings, 'flask-app', FLASK_APP_SETTINGS);
}

/** The application's folder, on its way to the nodes. */
export function codeOf(settings: Settings): FolderRelease {
  return { name: 'flask-app', folder: flaskAppSettings(settings).app, path: FLASK_APP_CODE };
}

/** What pip is to install: the lines of the application's requirements.txt, without comments. */
export function requirementsOf(folder: string): readonly string[] {
  const file = join(folder, REQUIREMENTS);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

function missingModule(folder: string, module: string): string | undefined {
  const path = module.split(':')[0]!.replaceAll('.', '/');
  if ([`${path}.py`, `${path}/__init__.py`].some((file) => existsSync(join(folder, file)))) return undefined;
  return `${folder} holds no application: there is no ${path}.py in it; put it there, or name another module`;
}

function badRequirement(folder: string): string | undefined {
  const bad = requirementsOf(folder).find((line) => !PYTHON_REQUIREMENT.test(line));
  return (
    bad &&
    `${REQUIREMENTS} says ${JSON.stringify(bad)}, which is no requirement such as flask==3.1.2; options are not taken`
  );
}
