import type { Operation } from './operation';
import { lines, type Shell, sh } from './shell';

export interface DnfPackagesOptions {
  /**
   * Names as `dnf install` takes them: `curl`, `nginx-1.26.3`; or alternatives, the first that is to be had:
   * `java-21-openjdk-headless | java-17-openjdk-headless`.
   */
  readonly packages: readonly string[];
}

export interface DnfPackagesFact {
  /** Of the names asked for, those that are installed, or that something installed provides: name → version. */
  readonly installed: Readonly<Record<string, string>>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/**
 * Packages of Fedora, Rocky and their kin, without what they only recommend. Proven as data and against Debian's own dnf;
 * never yet on a machine of that family.
 * @throws {Error} for an empty list or a name that no package can have
 */
export function dnfPackages({ packages }: DnfPackagesOptions): Operation<DnfPackagesFact> {
  const wanted = [...new Set(packages)].map(alternatives);
  if (wanted.length === 0) throw new Error('no packages are named');
  return {
    kind: 'dnf-packages',
    name: packages.join(' '),
    fact: { script: factScript([...new Set(wanted.flat())]), parse, bare: { installed: {} } },
    changes({ installed }) {
      const missing = wanted.filter((choice) => !choice.some((name) => name in installed));
      if (missing.length === 0) return [];
      const names = missing.map((choice) => choice.join(' | '));
      return [{ description: `install ${names.join(', ')}`, script: installScript(missing).text, mirrors: true }];
    },
  };
}

function alternatives(text: string): readonly string[] {
  const names = text.split('|').map((part) => part.trim());
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined)
    throw new Error(`not a package name: ${JSON.stringify(bad)}; write it like "curl" or "nginx-1.26.3"`);
  return names;
}

/** `rpm -q` knows names, with or without a version; what only something else provides has to be asked for as such. */
function factScript(names: readonly string[]): string {
  return sh`
    for name in ${names}; do
      found=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' -- "$name" 2>/dev/null) ||
        found=$(rpm -q --whatprovides --qf '%{VERSION}-%{RELEASE}\n' -- "$name" 2>/dev/null) || continue
      echo "$name" $found
    done
  `.text;
}

/** Of a package that is there more than once, such as a kernel, the version told first counts. */
function parse(stdout: string): DnfPackagesFact {
  const pairs = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const broken = pairs.find((pair) => pair.length < 2);
  if (broken) throw new Error(`expected "package version", got ${JSON.stringify(broken.join(' '))}`);
  return { installed: Object.fromEntries(pairs.map(([name, version]) => [name!, version!])) };
}

function installScript(missing: readonly (readonly string[])[]): Shell {
  return lines(PRELUDE, ...missing.map((choice) => sh`choose ${choice}`), INSTALL);
}

const PRELUDE = sh`
  chosen=
  choose() {
    for candidate; do
      if [ $# -gt 1 ] && ! dnf -q list --available "$candidate" >/dev/null 2>&1; then continue; fi
      chosen="$chosen $candidate"
      return
    done
    echo "no package source has any of: $*" >&2
    return 1
  }
`;

const INSTALL = sh`
  install() { dnf -q -y install --setopt=install_weak_deps=False --setopt=retries=3 $chosen; }
  install || {
    echo 'installing failed; once more with new package lists' >&2
    dnf -q -y makecache --refresh
    install
  }
`;
