import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Project } from './_project';

/** A Terraform that goes on by itself writes its state in place: what is read in the middle of that is no damage. */
const LOOKS = 20;

/** Files of the project's state that are not whole, with what is wrong. */
export async function damagedFiles(project: Project): Promise<string[]> {
  let damaged = look(project);
  for (let looks = 1; looks < LOOKS && damaged.length > 0; looks++) {
    await sleep(100);
    damaged = look(project);
  }
  return damaged;
}

function look(project: Project): string[] {
  return project.files().flatMap((path) => {
    const name = relative(project.dir, path);
    const read = readerOf(name);
    try {
      read?.(readFileSync(path, 'utf8'));
      return [];
    } catch (error) {
      // It was there a moment ago.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [`${name}: ${(error as Error).message.split('\n')[0]}`];
    }
  });
}

type Reader = (text: string) => void;

function readerOf(name: string): Reader | undefined {
  if (/^terraform\.[^/]+\.tfstate$/.test(name)) return readState;
  if (/^environments\/[^/]+\.nodes\.json$/.test(name)) return readObject;
  if (/^environments\/[^/]+\.yaml$/.test(name)) return readYaml;
  if (/^(\.firesteel|config\/firesteel)\/(?!cache\/).*\.json$/.test(name) || /\.scaling$/.test(name)) return readObject;
  return /^\.firesteel\/[^/]+\.applying$/.test(name) ? readDate : undefined;
}

function readObject(text: string): void {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('it holds no object');
}

/**
 * Terraform empties the file before it writes it, so that one may be left empty: the next run puts it back, or finds nothing
 * where there should be something, which shows in the cloud.
 */
function readState(text: string): void {
  if (text === '') return;
  const { version, serial } = JSON.parse(text) as { version?: unknown; serial?: unknown };
  if (version !== 4 || typeof serial !== 'number') throw new Error('it is no state of Terraform');
}

function readYaml(text: string): void {
  const value = parse(text) as { kind?: unknown } | null;
  if (typeof value?.kind !== 'string') throw new Error('it describes nothing');
}

function readDate(text: string): void {
  if (Number.isNaN(Date.parse(text.trim()))) throw new Error('it holds no date');
}
