import { atomicWrite } from './_write';
import type { Operation } from './operation';
import { lines, sh } from './shell';

export interface HostnameFact {
  /** What the kernel says now. */
  readonly now: string;
  /** What /etc/hostname says, for the next boot. */
  readonly atBoot: string;
}

/**
 * The machine's name, now and after a reboot.
 * @throws {Error} for a name that no host can carry
 */
export function hostname(name: string): Operation<HostnameFact> {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Error(`not a host name: ${JSON.stringify(name)}; use up to 63 of a-z, 0-9 and "-", not at either end`);
  }
  const script = lines(
    atomicWrite('/etc/hostname', `${name}\n`, { mode: 0o644, owner: 'root', group: 'root' }),
    sh`hostname -- ${name}`,
  ).text;
  return {
    kind: 'hostname',
    name,
    fact: {
      script: 'hostname; cat /etc/hostname 2>/dev/null || :',
      parse: parseHostname,
      bare: { now: '', atBoot: '' },
    },
    changes: (fact) =>
      fact.now === name && fact.atBoot === name ? [] : [{ description: `name the machine ${name}`, script }],
  };
}

function parseHostname(stdout: string): HostnameFact {
  const [now, atBoot = ''] = stdout.trim().split('\n');
  return { now: now ?? '', atBoot: atBoot.trim() };
}
