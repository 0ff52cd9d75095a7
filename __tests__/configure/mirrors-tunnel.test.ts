import type { DueChange } from '../../configure/converge';
import { applyChanges } from '../../configure/converge';
import { ForwardError } from '../../configure/errors';
import { throughTunnel } from '../../configure/mirrors-tunnel';
import type { Connection } from '../../configure/transport';
import { connectionFixture } from '../_ssh-fixture';
import { connectTo } from '../_ssh-node';
import { describeSsh, startSshd } from '../_sshd';

/** Asks for pages as pip and apt would, by the proxy that its environment names, and prints how each answers. */
const ASK = `python3 -I - "$@" <<'END' >&2
import sys, urllib.request, urllib.error
# An address that stands in the change would be one that the plan names.
for url in ('http' + '://intranet.example/', 'http' + '://169.254.169.254/'):
    try:
        urllib.request.urlopen(url, timeout=20)
    except urllib.error.HTTPError as error:
        print(url, error.code, error.read().decode().strip())
END
exit 3
`;
const change = (script: string, mirrors = true): DueChange => ({
  operation: 'x y',
  description: 'ask',
  script,
  mirrors,
});

async function answers(connection: Connection): Promise<string> {
  const changes = [change(ASK)];
  const apply = (mirrorsProxy: string) => applyChanges(connection, changes, { mirrorsProxy });
  return throughTunnel(connection, changes, apply).then(
    () => '',
    ({ message }: Error) => message,
  );
}

/** Which addresses listen on the proxy's port, as the kernel tells it. */
async function listeners(connection: Connection): Promise<string> {
  const script = 'awk \'$4 == "0A" && $2 ~ /:1BA7$/ { print $2 }\' /proc/net/tcp /proc/net/tcp6';
  return (await connection.read(script)).trim();
}

describeSsh('a tunnel to package mirrors', () => {
  const limits = ['AllowTcpForwarding yes', 'PermitListen 127.0.0.1:7079'];
  const ssh = connectionFixture(() => ({ config: limits }));

  test('leads from the loopback address of the node to a proxy here that leads nowhere else, and is gone afterwards', async () => {
    let during = '';
    await throughTunnel(ssh.connection, [], async () => {
      during = await listeners(ssh.connection);
    });
    expect(during).toBe('0100007F:1BA7');
    expect(await listeners(ssh.connection)).toBe('');
    expect(await answers(ssh.connection)).toMatch(
      /http:\/\/intranet\.example\/ 403 firesteel: intranet\.example is no package mirror of this node[\s\S]*169\.254\.169\.254\/ 403/,
    );
    expect(await answers(ssh.connection)).toContain('403');
  });

  test('no other port of the node leads to us', async () => {
    await expect(ssh.connection.listen(7080, () => undefined)).rejects.toThrow(ForwardError);
  });

  test('a node that allows it since this run is asked over a new connection', async () => {
    const sshd = await startSshd({
      authorizedKeys: [ssh.key.publicKey],
      config: ['Include $FOLDER/later.conf', 'AllowTcpForwarding local'].map((line) =>
        line.replace('$FOLDER', ssh.folder),
      ),
    });
    const connection = await connectTo(sshd, ssh.key.file);
    // The server is the first process there.
    const allow = `printf '%s\\n' ${limits.map((line) => `'${line}'`).join(' ')} >${ssh.folder}/later.conf; kill -HUP 1`;
    const telling = { ...change(allow, false), operation: 'file /etc/ssh/sshd_config.d/10-firesteel.conf' };
    const during = await throughTunnel(connection, [telling, change(':')], () => listeners(connection));
    expect(during).toBe('0100007F:1BA7');
    connection.close();
    await sshd.stop();
  });
});
