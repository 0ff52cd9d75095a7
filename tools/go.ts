import { chmod, copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLines, type RunResult, tryRun } from './_run';
import { ToolError } from './errors';
import { platformName, thisPlatform } from './platform';
import { type ToolOptions, timed } from './progress';
import { atLeast, tryParseVersion, type Version, versionText } from './version';

/** The Go that is fetched, as a module, where the installed one is too old; at least what both go.mod files ask for. */
const TOOLCHAIN = 'go1.24.13';

/** A Go that can build what the go.mod files here pin. */
export interface Go {
  readonly path: string;
  /** The environment to run it in. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Finds Go: the one on PATH, or where that is older than `least`, a newer one that it fetches through the Go module
 * proxy. Where there is none at all, Debian's and Ubuntu's is installed if we are root.
 * @param what what needs it, for the error message
 * @throws {ToolError} when there is none
 */
export async function findGo(least: Version, what: string, options: ToolOptions = {}): Promise<Go> {
  const env = goEnvironment(options.env ?? process.env);
  let version = await goVersion('go', env, options);
  if (!version) {
    await installGo(what, options);
    version = await goVersion('go', env, options);
  }
  if (!version) throw new ToolError(goMissing(what));
  if (atLeast(version, least)) return { path: 'go', env };
  const path = await fetchToolchain(version, env, options);
  return { path, env };
}

/** No other toolchain than the one we chose, no workspace that happens to lie above, no C compiler. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GOROOT: _, ...rest } = env;
  return { ...rest, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
}

async function goVersion(path: string, env: NodeJS.ProcessEnv, { signal }: ToolOptions): Promise<Version | undefined> {
  const result = await tryRun(path, ['env', 'GOVERSION'], {
    cwd: tmpdir(),
    env,
    timeoutSeconds: 30,
    ...(signal && { signal }),
  });
  return result?.exitCode === 0 ? tryParseVersion(result.stdout) : undefined;
}

/**
 * Go's toolchains are modules too (golang.org/toolchain), checked against the checksum database like any other. Go 1.21
 * and newer fetch them by themselves; older ones only download them, and what the newer ones do after that is done here.
 */
async function fetchToolchain(found: Version, env: NodeJS.ProcessEnv, options: ToolOptions): Promise<string> {
  const module = `golang.org/toolchain@v0.0.1-${TOOLCHAIN}.${platformName(thisPlatform()).replace('_', '-')}`;
  const about = {
    subject: 'go',
    phase: 'download',
    text: `${TOOLCHAIN}, because Go ${versionText(found)} is too old`,
  } as const;
  const folder = await timed(options, about, () => downloadModule(module, env, options));
  for (const part of ['bin', join('pkg', 'tool')]) await allowExecution(join(folder, part));
  await restoreGoMod(folder);
  const path = join(folder, 'bin', 'go');
  if (await goVersion(path, env, options)) return path;
  throw new ToolError(
    `${path}, fetched as ${module}, does not run: install Go ${TOOLCHAIN.slice(2)} or newer from https://go.dev/dl/.`,
  );
}

async function downloadModule(module: string, env: NodeJS.ProcessEnv, { signal }: ToolOptions): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'firesteel-go-'));
  try {
    const result = await tryRun('go', ['mod', 'download', '-json', module], {
      cwd,
      env: { ...env, GOFLAGS: '-mod=mod' },
      ...(signal && { signal }),
    });
    const folder = moduleFolder(result);
    if (folder) return folder;
    throw new ToolError(`go mod download ${module} failed:\n${lastLines(`${result?.stdout}${result?.stderr}`)}`);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function moduleFolder(result: RunResult | undefined): string | undefined {
  if (result?.exitCode !== 0) return undefined;
  const { Dir } = JSON.parse(result.stdout) as { Dir?: string };
  return Dir;
}

/** The module cache has no executable files. */
async function allowExecution(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}

/** A module's archive can't hold another module's go.mod: the standard library's is under another name in it. */
async function restoreGoMod(folder: string): Promise<void> {
  const wanted = join(folder, 'src', 'go.mod');
  if (await stat(wanted).catch(() => undefined)) return;
  await chmod(join(folder, 'src'), 0o755);
  await copyFile(join(folder, 'src', '_go.mod'), wanted);
}

/** Another apt may be at work: a new machine updates itself. */
const LOCK = ['-o', 'DPkg::Lock::Timeout=300'];

async function installGo(what: string, options: ToolOptions): Promise<void> {
  const { signal } = options;
  const env = { ...(options.env ?? process.env), DEBIAN_FRONTEND: 'noninteractive' };
  const run = (args: readonly string[]) => tryRun('apt-get', args, { env, ...(signal && { signal }) });
  if (process.getuid?.() !== 0 || !(await run(['--version']))) throw new ToolError(goMissing(what));
  await timed(
    options,
    { subject: 'go', phase: 'install', text: `the package golang-go, to build ${what}` },
    async () => {
      await run(['update', '-q']);
      const result = await run(['install', '-q', '-y', '--no-install-recommends', ...LOCK, 'golang-go']);
      if (result?.exitCode !== 0) {
        throw new ToolError(
          `${goMissing(what)}\napt-get install golang-go failed:\n${lastLines(`${result?.stdout}${result?.stderr}`)}`,
        );
      }
    },
  );
}

function goMissing(what: string): string {
  return (
    `${what} has to be built here, and there is no Go to build it with. ` +
    'Install Go (https://go.dev/dl/, or "apt-get install golang-go"; any version: a newer one is fetched by it) and run this again.'
  );
}
