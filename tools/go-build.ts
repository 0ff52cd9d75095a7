import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, tryRun } from './_run';
import { ToolError } from './errors';
import { findGo } from './go';
import type { Platform } from './platform';
import type { ToolOptions } from './progress';
import { tryParseVersion, type Version } from './version';

/** What a folder with a go.mod beside this file pins. */
export interface PinnedModule {
  /** Folder of go.mod and go.sum. */
  readonly folder: string;
  /** The module that is built. */
  readonly module: string;
  /** The package of the program in it. */
  readonly main: string;
}

/** @throws {ToolError} when its go.mod does not require it */
export function pinnedVersion(pinned: PinnedModule): string {
  const text = readFileSync(join(pinned.folder, 'go.mod'), 'utf8');
  const required = text.split('\n').map((line) => line.replace(/^\s*(require\s+)?/, '').split(/\s+/));
  const version = required.find(([module]) => module === pinned.module)?.[1];
  if (!version) throw new ToolError(`${join(pinned.folder, 'go.mod')} does not require ${pinned.module}`);
  return version.replace(/^v/, '');
}

/** Short digest of everything that is built from, for the name of a folder in the cache. */
export function pinnedDigest(pinned: PinnedModule): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(pinned.folder, file)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Builds the program, with exactly the modules that go.sum names.
 * @param output the file to write
 * @throws {ToolError} with the last lines of what Go said
 */
export async function goBuild(
  pinned: PinnedModule,
  output: string,
  platform: Platform,
  options: ToolOptions = {},
): Promise<void> {
  const { signal } = options;
  const go = await findGo(leastGo(pinned), `${pinned.module} ${pinnedVersion(pinned)}`, options);
  const result = await tryRun(
    go.path,
    ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', output, pinned.main],
    {
      cwd: pinned.folder,
      env: { ...go.env, GOOS: platform.os, GOARCH: platform.arch },
      ...(signal && { signal }),
    },
  );
  if (result?.exitCode === 0) return;
  throw new ToolError(
    `Building ${pinned.module} ${pinnedVersion(pinned)} failed:\n${lastLines(result?.stderr ?? 'go could not be started')}\n` +
      'If the lines above are about the network: Go has to reach a module proxy (go env GOPROXY) and the checksum database.',
  );
}

function leastGo({ folder }: PinnedModule): Version {
  const line = /^go\s+(\S+)/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))?.[1] ?? '';
  const version = tryParseVersion(line);
  if (!version) throw new ToolError(`${join(folder, 'go.mod')} names no Go version`);
  return version;
}
