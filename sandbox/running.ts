import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';
import type { Resolvers } from './resolvers';
import type { SandboxSettings } from './settings';

/** What the box was started with: later commands must speak of the same. */
export interface Running {
  /** Name of its root file system in the cache. */
  readonly rootfs: string;
  readonly resolvers: Resolvers;
  readonly cidr: string;
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
