import { sha256 } from './_digest';
import type { Operation } from './operation';
import { lines, type Shell, sh } from './shell';

export interface AptPackagesOptions {
  /**
   * Names as `apt-get install` takes them: `curl`, `libc6:amd64`, `nginx=1.22.1-9`; or alternatives, the first that is to
   * be had: `openjdk-17-jre-headless | openjdk-21-jre-headless`.
   */
  readonly packages: readonly string[];
}

export interface AptPackagesFact {
  /** Of the names asked for, those that are installed, or that something installed provides: name → version. */
  readonly installed: Readonly<Record<string, string>>;
}

const NAME = /^([a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?)(?:=([A-Za-z0-9.+:~-]+))?$/;

/**
 * Packages of Debian or Ubuntu, without what they only recommend. The lists are renewed only when something is missing
 * and they are absent or older than a day.
 * @throws {Error} for an empty list or a name that no package can have
 */
export function aptPackages({ packages }: AptPackagesOptions): Operation<AptPackagesFact> {
  const wanted = [...new Set(packages)].map(alternatives);
  if (wanted.length === 0) throw new Error('no packages are named');
  return {
    kind: 'apt-packages',
    name: nameOf(packages),
    fact: { script: factScript([...new Set(wanted.flat().map(({ name }) => name))]), parse, bare: { installed: {} } },
    changes({ installed }) {
      const missing = wanted.filter((choice) => !choice.some((entry) => isInstalled(entry, installed)));
      if (missing.length === 0) return [];
      const names = missing.map((choice) => choice.map((entry) => entry.text).join(' | '));
      return [{ description: `install ${names.join(', ')}`, script: installScript(missing).text, mirrors: true }];
    },
  };
}

interface Entry {
  readonly text: string;
  readonly name: string;
  readonly version?: string;
}

function alternatives(text: string): readonly Entry[] {
  return text.split('|').map((part) => entry(part.trim()));
}

function entry(text: string): Entry {
  const match = NAME.exec(text);
  if (!match) throw new Error(`not a package name: ${JSON.stringify(text)}; write it like "curl" or "nginx=1.22.1-9"`);
  return { text, name: match[1]!, ...(match[2] ? { version: match[2] } : {}) };
}

/** Short lists read as they are; long ones by their beginning and a digest. */
function nameOf(packages: readonly string[]): string {
  const all = packages.join(' ');
  return all.length <= 120 ? all : `${all.slice(0, 100)}… ${sha256(all).slice(0, 8)}`;
}

function isInstalled({ name, version }: Entry, installed: AptPackagesFact['installed']): boolean {
  const present = installed[name];
  return present !== undefined && (version === undefined || version === present);
}

/** A name that only something else provides, such as `awk`, is answered with the version `provided`. */
function factScript(names: readonly string[]): string {
  return sh`
    for name in ${names}; do
      state=$(dpkg-query -W -f '\${db:Status-Status} \${Version}\n' "$name" 2>/dev/null | sed -n 's/^installed //p;' | head -n 1)
      if [ -z "$state" ]; then
        state=$(dpkg-query -W -f '\${db:Status-Status} \${Provides},\n' 2>/dev/null |
          sed -n 's/^installed / /p' | grep -qE -- "[ ,]$(printf %s "$name" | sed 's/[.+]/\\&/g')[ ,]" && echo provided)
      fi
      if [ -n "$state" ]; then echo "$name $state"; fi
    done
  `.text;
}

function parse(stdout: string): AptPackagesFact {
  const pairs = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const broken = pairs.find((pair) => pair.length !== 2);
  if (broken) throw new Error(`expected "package version", got ${JSON.stringify(broken.join(' '))}`);
  return { installed: Object.fromEntries(pairs) };
}

function installScript(missing: readonly (readonly Entry[])[]): Shell {
  const choices = missing.map((choice) => sh`choose ${choice.map(({ text }) => text)}`);
  return lines(PRELUDE, ...choices, INSTALL);
}

/**
 * Where the mirrors are behind a proxy of ours, it goes before what apt's own settings say of proxies.
 * The lock of the lists is not one that apt waits for by itself; a machine just booted often has somebody holding it.
 * Lists that have gone stale are renewed once more before a failure counts.
 */
const PRELUDE = sh`
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1
  stamp=/var/lib/firesteel/apt-updated
  proxy=\${FIRESTEEL_MIRRORS_PROXY:-}
  get() {
    apt-get -qq -y \${proxy:+-o Acquire::http::Proxy=$proxy -o Acquire::https::Proxy=$proxy} -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o APT::Update::Error-Mode=any -o Dpkg::Use-Pty=0 "$@"
  }
  update() {
    left=60
    until said=$(get update 2>&1); do
      left=$((left - 1))
      case $said in *'Could not get lock'*) ;; *) left=0 ;; esac
      if [ "$left" -le 0 ]; then printf '%s\n' "$said" >&2; return 1; fi
      sleep 5
    done
    mkdir -p "\${stamp%/*}"
    touch "$stamp"
  }
  fresh() {
    [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ] && ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1
  }
  if ! fresh; then update; fi
  chosen=
  choose() {
    for candidate; do
      if [ $# -gt 1 ] && ! apt-cache show -- "$candidate" >/dev/null 2>&1; then continue; fi
      chosen="$chosen $candidate"
      return
    done
    echo "no package source has any of: $*" >&2
    return 1
  }
`;

const INSTALL = sh`
  install() {
    get --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install -- $chosen
  }
  install || {
    echo 'installing failed; once more with new package lists' >&2
    dpkg --configure -a
    update
    install
  }
`;
