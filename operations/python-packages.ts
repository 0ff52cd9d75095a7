import { sha256 } from './_digest';
import { absolutePath, parentOf } from './_path';
import type { Operation } from './operation';
import { sh } from './shell';

export interface PythonPackagesOptions {
  /** Requirements as pip reads them, one each, e.g. `numpy==2.3.1`. Empty = the environment has nothing of its own. */
  readonly packages: readonly string[];
  /** Absolute path that the environment is found at, a link. @default '/opt/firesteel/python' */
  readonly path?: string;
}

export interface PythonPackagesFact {
  /** Digest of the requirements that the environment was made from, where it still works. */
  readonly madeFrom?: string;
}

/** A requirement that is neither an option of pip nor more than one line. */
export const PYTHON_REQUIREMENT = /^[A-Za-z0-9][^\r\n\0]*$/;

const LINK = '/opt/firesteel/python';

/** The Python of the environment that no path was given for; it also sees the system's packages. */
export const PYTHON = `${LINK}/bin/python3`;

/**
 * A Python environment of its own with these packages; needs Debian's package `python3-venv`. Another list makes another
 * environment beside the old one, and the link is switched when it is whole.
 * @throws {Error} for what is not like `PYTHON_REQUIREMENT`, or a path that is not absolute
 */
export function pythonPackages({ packages, path = LINK }: PythonPackagesOptions): Operation<PythonPackagesFact> {
  const bad = packages.find((text) => !PYTHON_REQUIREMENT.test(text));
  if (bad !== undefined)
    throw new Error(`not a Python requirement: ${JSON.stringify(bad)}; write it like "numpy==2.3.1"`);
  const link = absolutePath(path);
  const requirements = packages.map((text) => `${text.trim()}\n`).join('');
  const digest = sha256(requirements);
  return {
    kind: 'python-packages',
    name: link,
    fact: {
      script: sh`if ${`${link}/bin/python3`} -c '' 2>/dev/null; then cat ${`${link}/.firesteel`} 2>/dev/null || :; fi`
        .text,
      parse: (stdout) => (stdout.trim() === '' ? {} : { madeFrom: stdout.trim() }),
      bare: {},
    },
    changes(fact) {
      if (fact.madeFrom === digest) return [];
      return [
        {
          description: `make a Python environment with ${told(packages)}`,
          script: makeScript(link, requirements, digest),
          ...(requirements !== '' && { mirrors: true }),
        },
      ];
    },
  };
}

function told(packages: readonly string[]): string {
  if (packages.length === 0) return 'no packages';
  const shown = packages.slice(0, packages.length > 12 ? 10 : 12).map((text) => text.trim());
  const more = packages.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** An environment can't be moved once made, so each list has a directory of its own, and the link says which one counts. */
function makeScript(link: string, requirements: string, digest: string): string {
  const directory = `${link}-${digest.slice(0, 12)}`;
  const options = ['--system-site-packages', ...(requirements === '' ? ['--without-pip'] : [])];
  const install = sh`
    ${`${directory}/bin/python3`} -m pip install --quiet --no-input --disable-pip-version-check --retries 5 \
      -r ${`${directory}/requirements.txt`}
  `;
  return sh`
    mkdir -p -- ${parentOf(link)}
    before=$(readlink -- ${link} || :)
    rm -rf -- ${directory}
    python3 -m venv ${options} -- ${directory}
    printf %s ${requirements} >${`${directory}/requirements.txt`}
    ${requirements === '' ? sh`` : install}
    printf '%s\n' ${digest} >${`${directory}/.firesteel`}
    ln -sfT -- ${directory} ${`${link}.new`}
    mv -fT -- ${`${link}.new`} ${link}
    for old in ${link}-*; do
      if [ "$old" != ${directory} ] && [ "$old" != "$before" ]; then rm -rf -- "$old"; fi
    done
  `.text;
}
