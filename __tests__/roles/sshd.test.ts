import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bastion, node, type Role } from '../../roles';
import type { Egress } from '../../roles/settings';
import { describeSsh } from '../_sshd';
import { localShell } from '../operations/_apply';
import { context } from './_context';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-sshd-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What sshd makes of the drop-ins of these roles, on an image whose own say the opposite. */
function effective(user: string, ...roles: Role[]): string[] {
  return effectiveWith({ ssh: { user, authorizedKeys: [] } }, ...roles);
}

function effectiveWith(settings: Parameters<typeof context>[2], ...roles: Role[]): string[] {
  const at = context('master-0', undefined, settings);
  const files = roles
    .flatMap((role) => role.configure!(at))
    .filter(({ kind, name }) => kind === 'file' && name.startsWith('/etc/ssh/sshd_config.d/'));
  for (const file of files) {
    const [write] = file.changes(file.fact.bare);
    localShell(
      `set -eu\n(\n${write!.script.replaceAll('/etc/ssh/sshd_config.d', folder).replace(/chown [^;\n]*/, ':')}\n)`,
    );
  }
  writeFileSync(join(folder, '50-cloud-init.conf'), 'PasswordAuthentication yes\nPermitRootLogin yes\n');
  writeFileSync(join(folder, 'sshd_config'), `Include ${folder}/*.conf\nKbdInteractiveAuthentication yes\n`);
  if (!existsSync(join(folder, 'key')))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  const ask = `mount -t tmpfs tmpfs /run && mkdir /run/sshd && /usr/sbin/sshd -T -f ${folder}/sshd_config -h ${folder}/key`;
  return execFileSync('unshare', ['--mount', 'sh', '-c', ask], { encoding: 'utf8' }).split('\n');
}

describeSsh('drop-ins', () => {
  test('sshd takes keys alone, and forwards what a tunnel needs', () => {
    expect(effective('debian', node)).toEqual(
      expect.arrayContaining([
        'passwordauthentication no',
        'kbdinteractiveauthentication no',
        'permitrootlogin no',
        'permitemptypasswords no',
        'allowtcpforwarding local',
      ]),
    );
  });

  test('root logs in with a key where the image has no other login', () => {
    expect(effective('root', node)).toContain('permitrootlogin without-password');
  });

  test.each([[[node]], [[node, bastion]]])(
    'one port of its own loopback address may lead to us where packages come so',
    (roles) => {
      const told = (egress: Egress) =>
        effectiveWith({ egress }, ...roles).filter((line) =>
          /^(allowtcpforwarding|permitlisten|gatewayports)/.test(line),
        );
      expect(told('none')).toEqual(['gatewayports no', 'allowtcpforwarding yes', 'permitlisten 127.0.0.1:7079']);
      for (const egress of ['configure', 'open'] as const)
        expect(told(egress)).toEqual(['gatewayports no', 'allowtcpforwarding local', 'permitlisten any']);
    },
  );

  test('a bastion takes many connections at once', () => {
    expect(effective('debian', node, bastion)).toEqual(
      expect.arrayContaining([
        'allowtcpforwarding local',
        'maxstartups 200:30:400',
        'maxsessions 100',
        'permitrootlogin no',
      ]),
    );
  });
});
