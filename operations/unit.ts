import { sha256Of } from './_digest';
import { absolutePath } from './_path';
import { type ReadFile, stale } from './_stale';
import { atomicWrite } from './_write';
import { type FileFact, file } from './file';
import type { Change, Operation } from './operation';
import type { Secret } from './secret';
import { lines, Shell, sh } from './shell';

export type { ReadFile };

export interface UnitOptions {
  /** With its suffix, e.g. `spark-master.service`. */
  readonly name: string;
  /** Text of /etc/systemd/system/NAME. @default - the unit that a package brought */
  readonly content?: string;
  /** Started at boot. @default true */
  readonly enabled?: boolean;
  /** Running now. @default true */
  readonly running?: boolean;
  /** Files that the service reads only when it starts: one that is or was another than it should restarts it. @default [] */
  readonly reads?: readonly ReadFile[];
  /** What else it has only from its start, or digests of that: another one restarts it. @default [] */
  readonly restartOn?: readonly (string | Secret)[];
  /** Files that the service reads again when it is told to, without an interruption; `content` says how by `ExecReload`. @default [] */
  readonly reloads?: readonly ReadFile[];
}

export interface UnitFact {
  /** Of /etc/systemd/system/NAME. */
  readonly file: FileFact;
  /** systemd's words: `active`, `inactive`, `failed`, `activating`, … */
  readonly activeState: string;
  /** systemd's words: `enabled`, `disabled`, `static`, …; empty = there is no such unit. */
  readonly unitFileState: string;
  readonly needDaemonReload: boolean;
  /** Digest of what it was last started with by us. */
  readonly startedWith?: string;
  /** What it has read may be something else than it should. */
  readonly stale?: boolean;
  /** Digest of the files that it has last read for us, be it when it started or since. */
  readonly loadedWith?: string;
  /** What it has read of them may be something else than it should. */
  readonly unread?: boolean;
}

/** Where the digest that a unit was started with is kept. */
const STARTED = '/var/lib/firesteel/started';
/** Where the digest of what it has read since is kept. */
const LOADED = '/var/lib/firesteel/loaded';

/**
 * A systemd unit: its file, whether it starts at boot, whether it runs now, and with what. One that has failed or keeps
 * restarting is started anew.
 * @throws {Error} for a name that no unit can have
 */
export function unit(options: UnitOptions): Operation<UnitFact> {
  const { name, content, enabled = true, running = true, reads = [], restartOn = [], reloads = [] } = options;
  const unitFile = file({ path: `/etc/systemd/system/${unitName(name)}`, content: content ?? '' });
  for (const { path } of [...reads, ...reloads]) absolutePath(path);
  const start: Start = {
    digest: sha256Of([content ?? '', ...restartOn, ...reads.map((read) => read.content)]),
    ...(reloads.length > 0 && { loads: sha256Of(reloads.map((read) => read.content)) }),
  };
  const rests = enabled || running;
  return {
    kind: 'unit',
    name,
    ...(rests && { atRest: unit({ ...options, enabled: false, running: false }) }),
    fact: {
      script: factScript(name, unitFile, reads, reloads),
      parse: (stdout) => parseUnit(stdout, unitFile),
      bare: { file: { type: 'absent' }, activeState: 'inactive', unitFileState: '', needDaemonReload: false },
    },
    changes(fact) {
      const written = content === undefined ? [] : unitFile.changes(fact.file);
      const reload = written.length > 0 || fact.needDaemonReload ? [DAEMON_RELOAD] : [];
      return [...written, ...reload, ...enablement(name, enabled, fact), ...state(name, running, start, fact)];
    },
  };
}

/** What a unit is to be started with. */
interface Start {
  readonly digest: string;
  /** Of what it reads again while it runs. */
  readonly loads?: string;
}

/** Safe as a file name and as an argument. */
export function unitName(name: string): string {
  if (!/^[A-Za-z0-9][\w.@:-]*\.(service|socket|target|timer|mount|path)$/.test(name)) {
    throw new Error(`not a systemd unit: ${JSON.stringify(name)}; write it with its suffix, like spark-master.service`);
  }
  return name;
}

const DAEMON_RELOAD: Change = { description: 'let systemd read its units again', script: 'systemctl daemon-reload' };

function factScript(
  name: string,
  unitFile: Operation<FileFact>,
  reads: readonly ReadFile[],
  reloads: readonly ReadFile[],
): string {
  const marker = `${STARTED}/${name}`;
  const loaded = `${LOADED}/${name}`;
  const show = sh`
    systemctl show -p ActiveState -p UnitFileState -p NeedDaemonReload -- ${name} 2>/dev/null || :
    if [ -f ${marker} ]; then printf 'StartedWith=%s\n' "$(cat ${marker})"; fi
  `;
  const load =
    reloads.length === 0 ? [] : [sh`if [ -f ${loaded} ]; then printf 'LoadedWith=%s\n' "$(cat ${loaded})"; fi`];
  const freshness = [
    ...reads.map((read) => sh`if ${stale(read, marker)}; then echo Stale=yes; fi`),
    ...reloads.map((read) => sh`if ${stale(read, loaded)}; then echo Unread=yes; fi`),
  ];
  return lines(show, ...load, ...freshness, sh`echo ---`).text.concat('\n', unitFile.fact.script);
}

function parseUnit(stdout: string, unitFile: Operation<FileFact>): UnitFact {
  const end = stdout.indexOf('---\n');
  if (end < 0) throw new Error(`expected properties of a unit, got ${JSON.stringify(stdout.slice(0, 200))}`);
  const properties = new Map(
    stdout
      .slice(0, end)
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  const startedWith = properties.get('StartedWith');
  const loadedWith = properties.get('LoadedWith');
  return {
    file: unitFile.fact.parse(stdout.slice(end + 4)),
    activeState: properties.get('ActiveState') ?? 'inactive',
    unitFileState: properties.get('UnitFileState') ?? '',
    needDaemonReload: properties.get('NeedDaemonReload') === 'yes',
    ...(startedWith === undefined ? {} : { startedWith }),
    ...(properties.get('Stale') === 'yes' ? { stale: true } : {}),
    ...(loadedWith === undefined ? {} : { loadedWith }),
    ...(properties.get('Unread') === 'yes' ? { unread: true } : {}),
  };
}

function enablement(name: string, enabled: boolean, fact: UnitFact): readonly Change[] {
  const always = ['static', 'indirect', 'generated', 'alias'].includes(fact.unitFileState);
  const is = ['enabled', 'enabled-runtime'].includes(fact.unitFileState) || (enabled && always);
  if (is === enabled) return [];
  const verb = enabled ? 'enable' : 'disable';
  return [{ description: `${verb} ${name}`, script: sh`systemctl ${verb} --quiet -- ${name}`.text }];
}

function state(name: string, running: boolean, start: Start, fact: UnitFact): readonly Change[] {
  if (!running) {
    if (['inactive', 'failed'].includes(fact.activeState)) return [];
    return [{ description: `stop ${name}`, script: sh`systemctl stop -- ${name}`.text }];
  }
  const active = ['active', 'reloading'].includes(fact.activeState);
  if (active && fact.startedWith === start.digest && !fact.stale) return reload(name, start, fact);
  const script = startScript(name, start);
  return active
    ? [{ description: `restart ${name}`, script, restarts: name }]
    : [{ description: `start ${name}`, script }];
}

function reload(name: string, { loads }: Start, fact: UnitFact): readonly Change[] {
  if (loads === undefined || (fact.loadedWith === loads && !fact.unread)) return [];
  const script = lines(systemctl('reload', name), mark(LOADED, name, loads));
  return [{ description: `reload ${name}`, script: script.text }];
}

/** The next `configure` starts the unit anew, even where it runs: what it does now is not what it is there for. */
export function forgetStart(name: string): Shell {
  return sh`rm -f -- ${`${STARTED}/${unitName(name)}`}`;
}

/** `restart` also starts. What it was started with is written down last: a run that breaks off in between does it again. */
function startScript(name: string, { digest, loads }: Start): string {
  return lines(
    sh`systemctl reset-failed -- ${name} 2>/dev/null || :`,
    systemctl('restart', name),
    ...(loads === undefined ? [] : [mark(LOADED, name, loads)]),
    mark(STARTED, name, digest),
  ).text;
}

function systemctl(verb: 'restart' | 'reload', name: string): Shell {
  return sh`
    systemctl ${new Shell(verb)} -- ${name} || {
      journalctl --no-pager -q -o cat -n 20 -u ${name} >&2
      exit 1
    }
  `;
}

function mark(directory: string, name: string, digest: string): Shell {
  return lines(
    sh`mkdir -p -- ${directory}`,
    atomicWrite(`${directory}/${name}`, `${digest}\n`, { mode: 0o644, owner: 'root', group: 'root' }),
  );
}
