import { type FileFact, file } from './file';
import type { Operation } from './operation';
import { sh } from './shell';

export interface SysctlOptions {
  /** e.g. `net.ipv4.ip_nonlocal_bind`. */
  readonly key: string;
  readonly value: number;
}

export interface SysctlFact {
  /** What the kernel says now. */
  readonly now: string;
  /** Of the file in /etc/sysctl.d that says it for the next boot. */
  readonly file: FileFact;
}

/**
 * A setting of the kernel, now and after a reboot.
 * @throws {Error} for a key that is no dotted name
 */
export function sysctl({ key, value }: SysctlOptions): Operation<SysctlFact> {
  if (!/^[a-z0-9_]+(\.[a-z0-9_-]+)+$/.test(key)) {
    throw new Error(`not a setting of the kernel: ${JSON.stringify(key)}; write it like net.ipv4.ip_forward`);
  }
  const path = `/proc/sys/${key.replaceAll('.', '/')}`;
  const atBoot = file({ path: `/etc/sysctl.d/60-firesteel-${key}.conf`, content: `${key} = ${value}\n` });
  return {
    kind: 'sysctl',
    name: key,
    fact: {
      script: sh`cat ${path} 2>/dev/null || echo`.text.concat('\n', atBoot.fact.script),
      parse: (stdout) => parseSysctl(stdout, atBoot),
      bare: { now: '', file: { type: 'absent' } },
    },
    changes(fact) {
      const set = { description: `set ${key} to ${value}`, script: sh`printf '%s\n' ${value} >${path}`.text };
      return [...atBoot.changes(fact.file), ...(fact.now === String(value) ? [] : [set])];
    },
  };
}

function parseSysctl(stdout: string, atBoot: Operation<FileFact>): SysctlFact {
  const end = stdout.indexOf('\n');
  return { now: stdout.slice(0, end), file: atBoot.fact.parse(stdout.slice(end + 1)) };
}
