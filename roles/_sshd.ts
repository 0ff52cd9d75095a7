import { directory } from '../operations/directory';
import { file } from '../operations/file';
import type { Operation } from '../operations/operation';
import { unitReload } from '../operations/unit-reload';
import { MIRRORS_PROXY_PORT } from './ports';
import type { Settings } from './settings';

/**
 * Forwarding that a tunnel of ours needs: to what the node sees; and back, where packages come through our connection, from
 * one port of its loopback address.
 */
export function sshdForwarding({ egress }: Settings): readonly string[] {
  if (egress !== 'none') return ['AllowTcpForwarding local'];
  return ['AllowTcpForwarding yes', `PermitListen 127.0.0.1:${MIRRORS_PROXY_PORT}`];
}

const DROP_INS = '/etc/ssh/sshd_config.d';

/**
 * A drop-in of sshd, read at once; sessions go on. The first value that sshd meets counts, and cloud-init's file begins
 * with 50, so the name has to begin with less.
 */
export function sshdDropIn(name: string, lines: readonly string[]): readonly Operation[] {
  const path = `${DROP_INS}/${name}`;
  const content = `# Written by firesteel configure; changes made here do not last.\n${lines.join('\n')}\n`;
  return [
    directory({ path: DROP_INS }),
    file({ path, content }),
    unitReload({ unit: 'ssh.service', file: path, content, check: 'mkdir -p /run/sshd; sshd -t' }),
  ];
}
