import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { hostResolvers } from '../../sandbox/resolvers';
import { sandboxSettings } from '../../sandbox/settings';
import { type Ended, type Running, start } from './_run';

const ROOT = resolve(__dirname, '..', '..');

export interface ProjectOptions {
  /** Text of each file of environments/ by its name without `.yaml`. */
  readonly environments: Readonly<Record<string, string>>;
  /** Further variables of the commands. @default {} */
  readonly env?: NodeJS.ProcessEnv;
  /** A home folder of a new user's, with nothing in it; the sandbox and its caches are found all the same. @default false */
  readonly ownHome?: boolean;
}

/**
 * A user's project in a folder of its own, with a new key pair and a config folder of its own, on the sandbox cloud. What
 * its commands say is kept.
 */
export class Project {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #said: string[] = [];

  static async create(options: ProjectOptions): Promise<Project> {
    const project = new Project(options);
    const key = ['-q', '-t', 'ed25519', '-N', '', '-C', 'firesteel-test', '-f', join(project.dir, 'key')];
    await start('ssh-keygen', key, { cwd: project.dir }).succeeded();
    return project;
  }

  private constructor({ environments, env = {}, ownHome = false }: ProjectOptions) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-project-')));
    this.env = {
      ...withoutLogins(process.env),
      XDG_CONFIG_HOME: join(this.dir, 'config'),
      ...(ownHome && this.makeHome()),
      ...env,
    };
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'));
    const app = `node --import tsx ${join(ROOT, 'main.ts')}`;
    const cdktf = { language: 'typescript', app, projectId: 'firesteel-test', sendCrashReports: 'false' };
    writeFileSync(join(this.dir, 'cdktf.json'), JSON.stringify(cdktf));
    mkdirSync(join(this.dir, 'environments'));
    for (const [name, text] of Object.entries(environments)) this.write(name, text);
  }

  private makeHome(): NodeJS.ProcessEnv {
    const { stateDir, cacheDir } = sandboxSettings();
    const home = this.file('home');
    mkdirSync(home);
    return { HOME: home, FIRESTEEL_SANDBOX_DIR: stateDir, FIRESTEEL_CACHE: dirname(cacheDir) };
  }

  /** Writes an environment's file. */
  write(environment: string, text: string): void {
    writeFileSync(this.file('environments', `${environment}.yaml`), text);
  }

  /** Absolute path of a file of the project. */
  file(...names: readonly string[]): string {
    return join(this.dir, ...names);
  }

  /** A file of JSON. */
  json<T>(...names: readonly string[]): T {
    return JSON.parse(readFileSync(this.file(...names), 'utf8')) as T;
  }

  /** Every file of the project, but for what it only links to. */
  files(folder = this.dir): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return this.files(path);
      return entry.isFile() ? [path] : [];
    });
  }

  /** All that the commands have printed so far. */
  get said(): string {
    return this.#said.join('');
  }

  /** `firesteel` with these arguments, not waited for. */
  start(...args: readonly string[]): Running {
    return this.program(process.execPath, [join(ROOT, 'bin', 'firesteel.js'), ...args]);
  }

  /** `firesteel` with these arguments, to its end, whatever its exit status. */
  firesteel(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Reviews the destruction of environments and carries it out, one after the other. */
  async destroy(...environments: readonly string[]): Promise<void> {
    for (const environment of environments) {
      await this.start('plan', environment, '--to', 'destroy').succeeded();
      await this.start('down', environment).succeeded();
    }
  }

  /** Any program in the project's folder. */
  program(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const onOutput = (text: string) => void this.#said.push(text);
    return start(file, args, { cwd: this.dir, env: { ...this.env, ...env }, onOutput });
  }

  /** Removes the folder; what is deployed is for the next file's reset of the cloud. */
  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export interface CommonText {
  /** Addresses that may reach SSH. @default - this machine's */
  readonly access?: readonly string[];
  /** Of the nodes' subnet; projects beside each other take different ones. */
  readonly cidr: string;
}

/** Text of a common environment on the sandbox. */
export function commonYaml({ access, cidr }: CommonText): string {
  const { host } = sandboxSettings().net;
  return `kind: common
cloud: sandbox
ssh: { publicKey: ./key.pub }
access: [${(access ?? [`${host}/32`]).join(', ')}]
network: { external: public, cidr: ${cidr}, nameservers: [${hostResolvers(host).nameservers.join(', ')}] }
`;
}

/** Text of a small Spark cluster on the sandbox, with one master. */
export function sparkYaml({ common, workers = 1 }: { readonly common: string; readonly workers?: number }): string {
  return `kind: spark
cloud: sandbox
common: ${common}
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: ${workers} }
`;
}

/** What the shell says of other clouds, keys and terminals is no part of a test. */
function withoutLogins(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(OS_|SSH_AUTH_SOCK$|SSH_ASKPASS|NODE_OPTIONS$|JEST_WORKER_ID$|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}
