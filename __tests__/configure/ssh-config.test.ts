import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeSshConfig, writeSshConfig } from '../../configure/ssh-config';
import { deployedNode, hostKey } from '../_ssh-node';
import { describeSsh, freePort, makeKey, type Sshd, startSshd } from '../_sshd';

const run = promisify(execFile);

describeSsh('the files for OpenSSH', () => {
  let folder: string;
  let key: { file: string; publicKey: string };
  let port: number;
  let master: Sshd;
  let worker: Sshd;
  const nodes = [
    deployedNode('master-0', { address: '10.0.0.2', floatingIp: '127.0.0.2', roles: ['node', 'bastion'] }),
    deployedNode('worker-1', { address: '127.0.0.3' }),
  ];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel test 100%h-'));
    key = makeKey(folder, 'id');
    port = await freePort('127.0.0.2');
    master = await startSshd({ address: '127.0.0.2', port, authorizedKeys: [key.publicKey] });
    worker = await startSshd({
      address: '127.0.0.3',
      port,
      authorizedKeys: [key.publicKey],
      hostKeyTypes: ['ed25519', 'ecdsa'],
    });
  });

  afterAll(async () => {
    await master?.stop();
    await worker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (workerKeys: readonly string[] = worker.hostKeys) =>
    writeSshConfig({
      cluster: { environment: 'dev', nodes },
      user: 'root',
      port,
      identity: { file: key.file },
      hostKeys: {
        'server-of-master-0': master.hostKeys.map((line) => hostKey(line)),
        'server-of-worker-1': workerKeys.map((line) => hostKey(line)),
      },
      folder: join(folder, '.firesteel'),
    });

  test.each(['worker-1', 'dev-worker-1', 'master-0'])(
    'lead ssh to %s, through the bastion where it must',
    async (name) => {
      const { config } = await write();
      const { stdout } = await run('ssh', ['-F', config, '-o', 'BatchMode=yes', name, 'echo $SSH_CONNECTION']);
      expect(stdout).toContain(`${name === 'master-0' ? '127.0.0.2' : '127.0.0.3'} ${port}`);
      expect(worker.log() + master.log()).not.toContain('password');
    },
  );

  test('lead through the bastion that is given', async () => {
    const other = deployedNode('master-1', { roles: ['bastion'], floatingIp: '127.0.0.4' });
    const { config } = await writeSshConfig({
      cluster: { environment: 'ha', nodes: [...nodes, other] },
      user: 'root',
      bastion: other,
      identity: { file: key.file },
      hostKeys: {},
      folder: join(folder, '.firesteel'),
    });
    const { stdout } = await run('ssh', ['-F', config, '-G', 'worker-1']);
    expect(stdout).toMatch(/^proxycommand .*master-1\W*$/m);
    await removeSshConfig(join(folder, '.firesteel'), 'ha');
  });

  test('refuse a server with another host key', async () => {
    const { config } = await write(master.hostKeys);
    const refused = run('ssh', ['-F', config, '-o', 'BatchMode=yes', 'worker-1', 'true']);
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('Host key verification failed') });
  });

  test('can be read by their owner only, and are taken away again', async () => {
    const { config, knownHosts } = await write();
    expect([statSync(config), statSync(knownHosts)].map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(join(folder, '.firesteel')).mode & 0o777).toBe(0o700);
    expect(readFileSync(knownHosts, 'utf8').split('\n')[0]).toBe(`server-of-master-0 ${master.hostKeys[0]}`);
    await removeSshConfig(join(folder, '.firesteel'), 'dev');
    expect(readdirSync(join(folder, '.firesteel'))).toEqual([]);
  });

  test('name the key of the agent by its public half', async () => {
    const { config } = await writeSshConfig({
      cluster: { environment: 'agent', nodes },
      user: 'debian',
      identity: { publicKey: key.publicKey },
      hostKeys: {},
      folder: join(folder, '.firesteel'),
    });
    const { stdout } = await run('ssh', ['-F', config, '-G', 'worker-1']);
    const [, file] = /^identityfile (.*)$/m.exec(stdout)!;
    expect(stdout).toContain('identitiesonly yes');
    expect(readFileSync(file!.replaceAll('%%', '%'), 'utf8')).toBe(`${key.publicKey}\n`);
    writeFileSync(config, '');
  });
});
