import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';
import { EXTRAS, type Extra } from './extras';
import type { Resolvers } from './resolvers';
import type { SandboxSettings } from './settings';

/** What the box was started with: later commands must speak of the same. */
export interface Running {
  /** Name of its root file system in the cache. */
  readonly rootfs: string;
  readonly resolvers: Resolvers;
  readonly cidr: string;
  /** Services that it has besides; absent where an older version started it. */
  readonly extras?: readonly Extra[];
  /** Names in the cache of what they add to the root file system. */
  readonly layers?: readonly string[];
}

export function runningFile(settings: SandboxSettings): string {
  return path.join(settings.stateDir, 'running.json');
}

export function readRunning(settings: SandboxSettings): Running {
  return JSON.parse(fs.readFileSync(runningFile(settings), 'utf8')) as Running;
}

/** Number of compute nodes from now on: servers live on them, so it never shrinks. */
export function recordNodes(settings: SandboxSettings, wanted: 1 | 2 | undefined): 1 | 2 {
  const file = path.join(settings.stateDir, 'nodes.json');
  const known = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as 1 | 2) : 1;
  const nodes = wanted === 2 ? 2 : known;
  if (nodes !== known) writeFileAtomic.sync(file, JSON.stringify(nodes));
  return nodes;
}

/** Services that the sandbox has from now on besides: their data stays, so none goes before the sandbox does. */
export function recordExtras(settings: SandboxSettings, wanted: readonly Extra[] = []): readonly Extra[] {
  const file = path.join(settings.stateDir, 'extras.json');
  const known = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Extra[]) : [];
  const extras = EXTRAS.filter((extra) => known.includes(extra) || wanted.includes(extra));
  if (extras.length > known.length) writeFileAtomic.sync(file, JSON.stringify(extras));
  return extras;
}
