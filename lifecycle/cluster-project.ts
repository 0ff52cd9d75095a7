import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { Document, parseDocument } from 'yaml';
import { quote } from '../configure/ssh-shell';
import { wrongEnvironmentName } from '../plan/environment-name';
import { ENVIRONMENTS_DIR } from '../plan/load-environments';
import { among } from './_among';
import { ApplyMark } from './_apply-mark';
import { packageRoot } from './_package-root';
import { UsageError } from './errors';

/** What an environment's file is to say at some places; what else it says stays. Undefined: nothing there. */
export type Settings = readonly (readonly [path: readonly string[], value: unknown])[];

/** Of the two files of a cluster's project. */
export interface ClusterSettings {
  /** Of the common environment, which is the cluster's own. */
  readonly common: Settings;
  readonly cluster: Settings;
}

/** Errors, by their names, after which the cloud is what it was: files are then put back. */
export const NOTHING_CHANGED: ReadonlySet<string> = new Set(['PlanError', 'PreflightError', 'RefusedError']);

/**
 * The project that Firesteel keeps for a cluster whose user wants no files: a folder like any other project's, so that
 * every other verb works on it, under `${XDG_STATE_HOME:-~/.local/state}/firesteel/clusters`.
 */
export class ClusterProject {
  readonly dir: string;
  /** Of the common environment, so that clusters side by side have nothing in common. */
  readonly common: string;

  /** @throws {UsageError} for a name that no cluster can have */
  static named(name: string, env: NodeJS.ProcessEnv): ClusterProject {
    // The second one is longer, and what it may not be the first one may not be either, but for its end.
    const wrong = wrongEnvironmentName(name) ?? wrongEnvironmentName(commonOf(name));
    if (wrong !== undefined) throw new UsageError(`no cluster can be called "${name}": ${wrong}`);
    return new ClusterProject(name, home(env));
  }

  /** @throws {UsageError} naming the clusters that there are */
  static existing(name: string, env: NodeJS.ProcessEnv): ClusterProject {
    const project = ClusterProject.named(name, env);
    if (project.exists) return project;
    const names = ClusterProject.all(env).map((each) => each.name);
    const where = names.length > 0 ? '' : ` on this machine, in ${home(env)}`;
    throw new UsageError(`there is no cluster "${name}"${among(name, names)}${where}`);
  }

  /** In alphabetical order. */
  static all(env: NodeJS.ProcessEnv): readonly ClusterProject[] {
    const folder = home(env);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => wrongEnvironmentName(name) === undefined)
      .sort()
      .map((name) => new ClusterProject(name, folder));
  }

  private constructor(
    readonly name: string,
    private readonly folder: string,
  ) {
    this.dir = join(folder, name);
    this.common = commonOf(name);
  }

  get exists(): boolean {
    return existsSync(this.dir);
  }

  /** Whether the cluster's file has been written: before that, nothing was made. */
  get described(): boolean {
    return existsSync(this.#file(this.name));
  }

  /** Whether anything may be in the cloud: a state of Terraform's, or the mark of a run that was cut off. */
  get mayBeDeployed(): boolean {
    return [this.name, this.common].some((name) => this.mayHave(name));
  }

  /** The same for one of the two environments. A state that is kept elsewhere is not asked for. */
  mayHave(environment: string): boolean {
    const state = join(this.dir, `terraform.${environment}.tfstate`);
    const elsewhere = this.said('common', 'state') ?? this.said('cluster', 'state');
    if (elsewhere !== undefined) return true;
    return existsSync(state) || new ApplyMark(join(this.dir, '.firesteel'), environment).since !== undefined;
  }

  /** Makes the folder, or brings what it holds of Firesteel's program up to date. @returns its path */
  open(): string {
    mkdirSync(join(this.dir, ENVIRONMENTS_DIR), { recursive: true, mode: 0o700 });
    chmodSync(this.dir, 0o700);
    const cdktf = {
      language: 'typescript',
      app: `node ${quote(join(packageRoot(), 'bin', 'synth.js'))}`,
      projectId: `firesteel-cluster-${this.name}`,
      sendCrashReports: 'false',
    };
    writeWhereOther(join(this.dir, 'cdktf.json'), `${JSON.stringify(cdktf, null, 2)}\n`);
    return this.dir;
  }

  /** What the cluster's file, or the common one's, says at a place; undefined where there is nothing. */
  said(file: 'common' | 'cluster', ...path: readonly string[]): unknown {
    return valueAt(this.#document(file === 'common' ? this.common : this.name), path);
  }

  /** Changes the files, the common one first. @returns a function that puts back what they were */
  write({ common, cluster }: ClusterSettings): () => void {
    const undos = [this.#write(this.common, common), this.#write(this.name, cluster)];
    return () => {
      for (const undo of undos.reverse()) undo();
    };
  }

  /** Done at once, so that a folder is either there and whole or not there. */
  remove(): void {
    if (this.exists) {
      rmSync(this.#leaving, { recursive: true, force: true });
      renameSync(this.dir, this.#leaving);
    }
    rmSync(this.#leaving, { recursive: true, force: true });
  }

  /** Removes what a removal that was cut off has left. @returns whether there was any */
  finishRemoval(): boolean {
    const any = existsSync(this.#leaving);
    rmSync(this.#leaving, { recursive: true, force: true });
    return any;
  }

  get #leaving(): string {
    return join(this.folder, `.${this.name}.leaving`);
  }

  #file(environment: string): string {
    return join(this.dir, ENVIRONMENTS_DIR, `${environment}.yaml`);
  }

  #document(environment: string): Document {
    const file = this.#file(environment);
    if (existsSync(file)) return parseDocument(readFileSync(file, 'utf8'));
    const document = new Document({});
    document.commentBefore = HEAD;
    return document;
  }

  #write(environment: string, settings: Settings): () => void {
    const file = this.#file(environment);
    const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    const document = this.#document(environment);
    const differing = settings.filter(([path, value]) => !isDeepStrictEqual(valueAt(document, path), value));
    // A file that was formatted by hand is not formatted anew for nothing.
    if (differing.length === 0) return () => undefined;
    for (const [path, value] of differing) {
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
    writeWhereOther(file, document.toString({ lineWidth: 0 }));
    return () => (before === undefined ? rmSync(file, { force: true }) : writeWhereOther(file, before));
  }
}

const HEAD =
  ' Kept by "firesteel cluster start" or "provision", whose options are written here. What else is written by hand stays.';

function commonOf(name: string): string {
  return `${name}-common`;
}

function home(env: NodeJS.ProcessEnv): string {
  // XDG's own rule: a path that is not absolute counts as none.
  const state = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined;
  return join(state ?? join(env.HOME || homedir(), '.local', 'state'), 'firesteel', 'clusters');
}

function writeWhereOther(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileAtomic(file, text, { mode: 0o600 });
}

function valueAt(document: Document, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    document.toJS(),
  );
}
