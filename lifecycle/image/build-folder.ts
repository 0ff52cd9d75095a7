import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';
import { BUILD_PREFIX } from '../../plan/baked-image';
import { isRunning, thisProcess } from '../_process';

/** The project of a cloud that a build makes things in. */
export interface BuildPlace {
  readonly authUrl: string;
  readonly projectId: string;
  readonly region: string | null;
}

const schema = z.object({
  version: z.literal(1),
  place: z.object({ authUrl: z.string(), projectId: z.string(), region: z.string().nullable() }),
  builder: z.object({ pid: z.number(), host: z.string(), started: z.string().optional() }),
});

const RECORD = 'build.json';
/** Written by the shell that becomes Packer. */
export const PACKER_PID = 'packer.pid';
/** One that was never written has been killed right at its beginning; a build that has just begun may still write it. */
const UNWRITTEN_MS = 60_000;
/** Packer deletes its server before it ends. */
const PACKER_MS = 90_000;

/**
 * What a build has on this machine: its key, its template, and who builds. A folder for each, readable by its owner only,
 * under `${XDG_STATE_HOME:-~/.local/state}/firesteel/images`. It is there before anything is made in the cloud, and until
 * all of that is gone.
 */
export class BuildFolder {
  /** Of all that the build makes in the cloud. */
  readonly name: string;
  readonly dir: string;

  static make(env: NodeJS.ProcessEnv, place: BuildPlace): BuildFolder {
    const folder = new BuildFolder(home(env), randomBytes(4).toString('hex'));
    mkdirSync(folder.dir, { recursive: true, mode: 0o700 });
    const record = { version: 1, place, builder: thisProcess() };
    writeFileAtomic(join(folder.dir, RECORD), `${JSON.stringify(record)}\n`, { mode: 0o600 });
    return folder;
  }

  /** Those of builds in that place whose builder was killed. */
  static left(env: NodeJS.ProcessEnv, place: BuildPlace): readonly BuildFolder[] {
    const parent = home(env);
    if (!existsSync(parent)) return [];
    return readdirSync(parent)
      .filter((id) => /^[0-9a-f]{8}$/.test(id))
      .map((id) => new BuildFolder(parent, id))
      .filter((folder) => folder.#isLeft(place));
  }

  private constructor(
    parent: string,
    readonly id: string,
  ) {
    this.name = `${BUILD_PREFIX}${id}`;
    this.dir = join(parent, id);
  }

  file(name: string): string {
    return join(this.dir, name);
  }

  /** To be called when nothing of the build is in the cloud any more. */
  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Ends a Packer that has outlived its builder; it cleans up first. */
  async stopPacker(): Promise<void> {
    const pid = this.#packer();
    if (pid === undefined) return;
    for (const [signal, patience] of [['SIGINT', PACKER_MS] as const, ['SIGKILL', 5000] as const]) {
      try {
        process.kill(-pid, signal);
      } catch {
        return; // it has ended by itself
      }
      for (const end = Date.now() + patience; Date.now() < end; await sleep(200)) {
        if (this.#packer() === undefined) return;
      }
    }
  }

  /** Its number may be another's by now: Packer works in this folder. */
  #packer(): number | undefined {
    try {
      const pid = Number(readFileSync(this.file(PACKER_PID), 'utf8'));
      return pid > 1 && readlinkSync(`/proc/${pid}/cwd`) === this.dir ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  #isLeft(place: BuildPlace): boolean {
    const text = tryRead(this.file(RECORD));
    if (text === undefined) {
      const age = Date.now() - (statSync(this.dir, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > UNWRITTEN_MS) this.remove();
      return false;
    }
    const record = schema.safeParse(text);
    if (!record.success) return false;
    const { builder, place: its } = record.data;
    const mark = { pid: builder.pid, host: builder.host, ...(builder.started && { started: builder.started }) };
    return isDeepStrictEqual(its, place) && isRunning(mark) === false;
  }
}

function tryRead(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function home(env: NodeJS.ProcessEnv): string {
  // XDG's own rule: a path that is not absolute counts as none.
  const state = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined;
  return join(state ?? join(env.HOME || homedir(), '.local', 'state'), 'firesteel', 'images');
}
