import { sha256 } from './_digest';
import { absolutePath, baseOf } from './_path';
import { stale } from './_stale';
import { atomicWrite } from './_write';
import type { Operation } from './operation';
import { lines, sh } from './shell';
import { unitName } from './unit';

export interface UnitReloadOptions {
  /** A unit that runs already, e.g. `ssh.service`. */
  readonly unit: string;
  /** The file it is to read again. */
  readonly file: string;
  /** That file's text. */
  readonly content: string;
  /** POSIX sh that must succeed first, e.g. `sshd -t`. @default - nothing is checked */
  readonly check?: string;
}

export interface UnitReloadFact {
  /** Digest of the text it has last read for us. */
  readonly readWith?: string;
  /** What it has read may be something else than it should. */
  readonly stale?: boolean;
}

const READ = '/var/lib/firesteel/reloaded';

/** A running service has read a file of its configuration since the file got this text; it is not restarted. */
export function unitReload(options: UnitReloadOptions): Operation<UnitReloadFact> {
  const name = unitName(options.unit);
  const path = absolutePath(options.file);
  const digest = sha256(options.content);
  const marker = `${READ}/${name}-${baseOf(path)}`;
  return {
    kind: 'unit-reload',
    name: `${name} ${path}`,
    fact: {
      script: sh`
        if [ -f ${marker} ]; then
          cat ${marker}
          if ${stale({ path, content: options.content }, marker)}; then echo stale; fi
        fi
      `.text,
      parse: parseFact,
      bare: {},
    },
    changes(fact) {
      if (fact.readWith === digest && !fact.stale) return [];
      const script = lines(
        sh`( eval ${options.check ?? ':'} )`,
        sh`systemctl try-reload-or-restart -- ${name}`,
        sh`mkdir -p -- ${READ}`,
        atomicWrite(marker, `${digest}\n`, { mode: 0o644, owner: 'root', group: 'root' }),
      );
      return [{ description: `let ${name} read ${path}`, script: script.text }];
    },
  };
}

function parseFact(stdout: string): UnitReloadFact {
  const [readWith = '', mark] = stdout.trim().split('\n');
  return { ...(readWith && { readWith }), ...(mark === 'stale' && { stale: true }) };
}
