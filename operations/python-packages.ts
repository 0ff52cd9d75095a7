import { sha256 } from './_digest';
import type { Operation } from './operation';
import { sh } from './shell';

export interface PythonPackagesOptions {
  /** Requirements as pip reads them, one each, e.g. `numpy==2.3.1`. Empty = the environment has nothing of its own. */
  readonly packages: readonly string[];
}

export interface PythonPackagesFact {
  /** Digest of the requirements that the environment was made from, where it still works. */
  readonly madeFrom?: string;
}

/** A requirement that is neither an option of pip nor more than one line. */
export const PYTHON_REQUIREMENT = /^[A-Za-z0-9][^\r\n\0]*$/;

/** The environment's Python; it also sees the system's packages. */
export const PYTHON = '/opt/firesteel/python/bin/python3';

const LINK = '/opt/firesteel/python';

/**
 * A Python environment of its own at /opt/firesteel/python with these packages; needs the package `python3-venv`.
 * Another list makes another environment beside the old one, and the link is switched when it is whole.
 * @throws {Error} for what is not like `PYTHON_REQUIREMENT`
 */
export function pythonPackages({ packages }: PythonPackagesOptions): Operation<PythonPackagesFact> {
  const bad = packages.find((text) => !PYTHON_REQUIREMENT.test(text));
  if (bad !== undefined)
    throw new Error(`not a Python requirement: ${JSON.stringify(bad)}; write it like "numpy==2.3.1"`);
  const requirements = packages.map((text) => `${text.trim()}\n`).join('');
  const digest = sha256(requirements);
  return {
    kind: 'python-packages',
    name: LINK,
    fact: {
      script: sh`if ${PYTHON} -c '' 2>/dev/null; then cat ${`${LINK}/.firesteel`} 2>/dev/null || :; fi`.text,
      parse: (stdout) => (stdout.trim() === '' ? {} : { madeFrom: stdout.trim() }),
      bare: {},
    },
    changes(fact) {
      if (fact.madeFrom === digest) return [];
      const what = packages.length === 0 ? 'no packages' : packages.map((text) => text.trim()).join(', ');
      return [{ description: `make a Python environment with ${what}`, script: makeScript(requirements, digest) }];
    },
  };
}

/** An environment can't be moved once made, so each list has a directory of its own, and the link says which one counts. */
function makeScript(requirements: string, digest: string): string {
  const directory = `${LINK}-${digest.slice(0, 12)}`;
  const options = ['--system-site-packages', ...(requirements === '' ? ['--without-pip'] : [])];
  const install = sh`
    ${`${directory}/bin/python3`} -m pip install --quiet --no-input --disable-pip-version-check --retries 5 \
      -r ${`${directory}/requirements.txt`}
  `;
  return sh`
    mkdir -p /opt/firesteel
    before=$(readlink -- ${LINK} || :)
    rm -rf -- ${directory}
    python3 -m venv ${options} -- ${directory}
    printf %s ${requirements} >${`${directory}/requirements.txt`}
    ${requirements === '' ? sh`` : install}
    printf '%s\n' ${digest} >${`${directory}/.firesteel`}
    ln -sfT -- ${directory} ${`${LINK}.new`}
    mv -fT -- ${`${LINK}.new`} ${LINK}
    for old in ${`${LINK}`}-*; do
      if [ "$old" != ${directory} ] && [ "$old" != "$before" ]; then rm -rf -- "$old"; fi
    done
  `.text;
}
