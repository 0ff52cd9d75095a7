import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { tryRun } from './_run';
import { type AptSource, debianSources, renderSources } from './apt-sources';
import { SandboxError } from './errors';

/** The release that the control plane and the guest image are made of. */
export const RELEASE = 'bookworm';

const DEFAULT_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LOCAL_CERTIFICATES = '/usr/local/share/ca-certificates';

/** How this machine gets Debian packages: what the sandbox and its guests must be told as well. */
export interface AptHost {
  /** deb822 text of the host's Debian sources, for {@link RELEASE}. */
  readonly sources: string;
  /** apt.conf text: proxies, date checks, retries. */
  readonly settings: string;
  /** Key rings that the sources name and a plain Debian lacks. */
  readonly keyrings: readonly string[];
  /** Certificate files that this machine trusts beyond Debian's own. */
  readonly certificates: readonly string[];
  /** Changes when anything above does. */
  readonly digest: string;
}

/** @throws SandboxError if this machine has no Debian sources */
export async function readAptHost(root = '/'): Promise<AptHost> {
  const sources = readSources(root);
  const dump = await tryRun('apt-config', ['dump']);
  const settings = aptSettings(dump.stdout, process.env);
  const keyrings = [...new Set(sources.map((source) => source.signedBy))].filter(
    (file): file is string => !!file?.startsWith('/') && file !== DEFAULT_KEYRING && fs.existsSync(file),
  );
  const certificates = filesBelow(path.join(root, LOCAL_CERTIFICATES)).filter((file) => file.endsWith('.crt'));
  const text = renderSources(sources);
  const digest = createHash('sha256').update(text).update(settings);
  for (const file of [...keyrings, ...certificates]) digest.update(file).update(fs.readFileSync(file));
  return { sources: text, settings, keyrings, certificates, digest: digest.digest('hex') };
}

function readSources(root: string): AptSource[] {
  const folder = path.join(root, 'etc/apt/sources.list.d');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)) : [];
  const files = [path.join(root, 'etc/apt/sources.list'), ...names.map((name) => path.join(folder, name))];
  const host = /^VERSION_CODENAME=(.*)$/m.exec(readIfThere(path.join(root, 'etc/os-release')))?.[1] ?? RELEASE;
  const sources = files.flatMap((file) => debianSources(readIfThere(file), file.endsWith('.sources'), host, RELEASE));
  if (sources.length > 0) return sources;
  throw new SandboxError(
    `The sandbox is made of Debian 12's packages, and this machine's apt sources name none (looked in ${files.join(', ')}). ` +
      'Use a Debian machine, or add a source for bookworm main.',
  );
}

const LEFT_OUT =
  /^Acquire::(IndexTargets|cdrom|Changelogs|CompressionTypes|Languages|GzipIndexes|.*Proxy-Auto-Detect)/i;

/** The part of `apt-config dump` that says how to reach a mirror, plus a proxy that only the environment names. */
export function aptSettings(dump: string, env: NodeJS.ProcessEnv): string {
  const lines = dump.split('\n').filter((line) => /^(Acquire::|APT::Sandbox)/.test(line) && !LEFT_OUT.test(line));
  const kept = lines.filter((line) => !/ "";$/.test(line) && !/::Allow\S* "0";$/.test(line));
  for (const scheme of ['http', 'https']) {
    const proxy = env[`${scheme}_proxy`];
    if (proxy && !kept.some((line) => line.toLowerCase().startsWith(`acquire::${scheme}::proxy `)))
      kept.push(`Acquire::${scheme}::Proxy "${proxy}";`);
  }
  return [...kept, 'Acquire::Languages "none";', 'APT::Install-Recommends "false";', ''].join('\n');
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return entries.map((name) => path.join(folder, name)).filter((file) => fs.statSync(file).isFile());
}

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
