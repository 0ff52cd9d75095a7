import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, type TerraformStack, Testing } from 'cdktf';

/** Snapshots hold the very JSON, so that other tests can read them. */
expect.addSnapshotSerializer({ test: (value) => typeof value === 'string', print: (value) => value as string });

/** What a stack synthesizes to, without comments and without the paths of this machine. */
export function snapshotOf(stack: TerraformStack): string {
  return readable(Testing.synth(stack, true));
}

export function readable(json: string): string {
  const withoutComments = JSON.parse(json, (key, value) => (key === '//' ? undefined : value));
  return JSON.stringify(withoutComments, null, 2).replaceAll(process.cwd(), '<project>');
}

interface StackManifest {
  readonly dependencies: readonly string[];
  readonly annotations: readonly { readonly level: string; readonly message: string }[];
}

/** What cdktf is told of the stacks of an app, by their names. */
export function manifestOf(app: App): Readonly<Record<string, StackManifest>> {
  app.synth();
  return JSON.parse(readFileSync(join(app.outdir, 'manifest.json'), 'utf8')).stacks;
}
