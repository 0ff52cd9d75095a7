import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder that Firesteel itself lies in. Compiled, this file lies in dist/lifecycle, one folder deeper. */
export function packageRoot(): string {
  const [near, far] = [resolve(__dirname, '..'), resolve(__dirname, '..', '..')];
  return existsSync(join(near, 'bin', 'synth.js')) ? near : far;
}
