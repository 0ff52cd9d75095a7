import type { Operation } from '../operations/operation';
import { sh } from '../operations/shell';

export interface SelfSignedOptions {
  /** Absolute paths in one directory that exists by then. */
  readonly certificate: string;
  readonly key: string;
  /** Who alone may read the key. */
  readonly owner: string;
  /** Name of the node in the certificate. */
  readonly commonName: string;
}

export interface SelfSignedFact {
  /** Key and certificate are there, whole and the owner's. */
  readonly made: boolean;
}

/**
 * A key that is made on the node and never leaves it, and a certificate for it that nobody else has signed: what it serves
 * is encrypted, and whom a client talks to has to be shown in another way, such as SCRAM with channel binding. It lasts for
 * 100 years, because nobody would renew it.
 */
export function selfSigned({ certificate, key, owner, commonName }: SelfSignedOptions): Operation<SelfSignedFact> {
  return {
    kind: 'self-signed',
    name: certificate,
    fact: {
      script: sh`
        if [ -s ${certificate} ] && [ -s ${key} ] && [ "$(stat -c '%a %U' -- ${key})" = ${`600 ${owner}`} ]; then
          echo made
        fi
      `.text,
      parse: (stdout) => ({ made: stdout.trim() === 'made' }),
      bare: { made: false },
    },
    changes: ({ made }) =>
      made
        ? []
        : [
            {
              description: `make a key and a certificate for ${certificate}`,
              script: make(certificate, key, owner, commonName),
            },
          ],
  };
}

/** The certificate comes last: a run that is cut off leaves none, and the next one makes both anew. */
function make(certificate: string, key: string, owner: string, commonName: string): string {
  return sh`
    ( umask 077
    rm -rf -- ${certificate} ${certificate}.????????
    work=$(mktemp -d -- ${`${certificate}.XXXXXXXX`})
    trap 'rm -rf -- "$work"' EXIT
    trap 'exit 143' HUP INT TERM
    openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -subj ${`/CN=${commonName}`} \
      -keyout "$work/key" -out "$work/certificate" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
    chown -- ${owner} "$work/key"
    chmod 0600 "$work/key"
    chmod 0644 "$work/certificate"
    mv -fT -- "$work/key" ${key}
    mv -fT -- "$work/certificate" ${certificate} )
  `.text;
}
