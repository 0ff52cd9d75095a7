import { aptPackages } from './apt-packages';
import { dnfPackages } from './dnf-packages';
import type { Change, Operation } from './operation';
import { lines, Shell, sh } from './shell';

export interface PackagesOptions {
  /** As `aptPackages` takes them. Empty = a machine with apt-get needs none. */
  readonly apt: readonly string[];
  /** As `dnfPackages` takes them, by the names of Fedora and Rocky. Empty = a machine with dnf needs none. */
  readonly dnf: readonly string[];
}

export interface PackagesFact {
  /** What installs packages on the machine. Absent: it was not asked, and finds out when it comes to that. */
  readonly manager?: PackageManager;
  /** Of the names for that manager, those that are installed, or that something installed provides: name → version. */
  readonly installed: Readonly<Record<string, string>>;
}

export type PackageManager = 'apt' | 'dnf';

/**
 * Packages of whichever family of distributions the machine belongs to: what `aptPackages` or `dnfPackages` does.
 * @throws {Error} when neither list names any, for a name that no package can have, or for a machine of another family
 */
export function packages({ apt, dnf }: PackagesOptions): Operation<PackagesFact> {
  const forms: Forms = {
    ...(apt.length > 0 && { apt: aptPackages({ packages: apt }) }),
    ...(dnf.length > 0 && { dnf: dnfPackages({ packages: dnf }) }),
  };
  const first = forms.apt ?? forms.dnf;
  if (!first) throw new Error('no packages are named');
  return {
    kind: 'packages',
    name: first.name,
    fact: {
      script: byManager((manager) => lines(sh`echo ${manager}`, new Shell(forms[manager]?.fact.script ?? ':'))),
      parse: (stdout) => parse(stdout, forms),
      bare: { installed: {} },
    },
    changes({ manager, installed }) {
      if (manager) return forms[manager]?.changes({ installed }) ?? [];
      return first.changes({ installed }).map((change) => eitherWay(change, forms));
    },
  };
}

type Forms = Readonly<Partial<Record<PackageManager, Operation<{ readonly installed: PackagesFact['installed'] }>>>>;

const NEITHER = 'it has neither apt-get nor dnf; use an image of Debian, Ubuntu, Fedora, Rocky or their kin';

/** A Debian that has dnf too is a Debian. */
function byManager(script: (manager: PackageManager) => Shell): string {
  return lines(
    sh`if command -v apt-get >/dev/null; then`,
    script('apt'),
    sh`elif command -v dnf >/dev/null; then`,
    script('dnf'),
    sh`else echo ${NEITHER} >&2; exit 69; fi`,
  ).text;
}

function parse(stdout: string, forms: Forms): PackagesFact {
  const end = stdout.indexOf('\n');
  const manager = stdout.slice(0, end);
  if (manager !== 'apt' && manager !== 'dnf') {
    throw new Error(`expected "apt" or "dnf", got ${JSON.stringify(stdout.slice(0, 200))}`);
  }
  return { manager, installed: forms[manager]?.fact.parse(stdout.slice(end + 1)).installed ?? {} };
}

/** On a machine that has not been asked: all of them, as it has nothing yet. */
function eitherWay(change: Change, forms: Forms): Change {
  const install = (manager: PackageManager): Shell => {
    const changes = forms[manager]?.changes({ installed: {} }) ?? [];
    return lines(sh`:`, ...changes.map(({ script }) => new Shell(script)));
  };
  return { ...change, script: byManager(install) };
}
