import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdentityError } from '../../configure/errors';
import { findIdentity, type Identity } from '../../configure/identity';
import { fingerprint } from '../../configure/ssh-key';
import { connectTo } from '../_ssh-node';
import { describeSsh, makeKey, type Sshd, startSshd } from '../_sshd';

describeSsh('the private half of the deployed key', () => {
  let folder: string;
  let plain: { file: string; publicKey: string };
  let locked: { file: string; publicKey: string };
  let rsa: { file: string; publicKey: string };
  let sshd: Sshd;
  let agent: { socket: string; process: ChildProcess };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    plain = makeKey(folder, 'plain');
    locked = makeKey(folder, 'locked', { passphrase: 'open sesame' });
    rsa = makeKey(folder, 'rsa', { type: 'rsa' });
    sshd = await startSshd({
      authorizedKeys: [plain, locked, rsa].map(({ publicKey }) => publicKey),
      config: ['MaxAuthTries 2'],
    });
    agent = await startAgent(join(folder, 'agent'));
  });

  afterAll(async () => {
    agent?.process.kill();
    await sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const logsIn = async (identity: Identity): Promise<void> => {
    const connection = await connectTo(sshd, plain.file, { identity });
    expect(await connection.read('echo in')).toBe('in\n');
    connection.close();
  };

  test.each(['plain', 'rsa'])('is read from its file (%s)', async (name) => {
    const { file, publicKey } = { plain, rsa }[name]!;
    const identity = await findIdentity({ publicKey, privateKeyFile: file, agentSocket: '' });
    expect(identity).toMatchObject({ source: file, file, publicKey: publicKey.split(' ').slice(0, 2).join(' ') });
    await logsIn(identity);
  });

  test('is found in the folder of keys by its public half, without asking for passphrases of others', async () => {
    const sshDir = mkdtempSync(join(folder, 'ssh-'));
    copyFileSync(locked.file, join(sshDir, 'id_ed25519'));
    copyFileSync(plain.file, join(sshDir, 'work'));
    copyFileSync(`${plain.file}.pub`, join(sshDir, 'work.pub'));
    const identity = await findIdentity({ publicKey: plain.publicKey, agentSocket: '', sshDir });
    expect(identity.file).toBe(join(sshDir, 'work'));
  });

  test('is unlocked by a passphrase that is asked once, for any number of nodes', async () => {
    const asked: string[] = [];
    const askPassphrase = async (file: string): Promise<string> => {
      asked.push(file);
      return 'open sesame';
    };
    const identity = await findIdentity({
      publicKey: locked.publicKey,
      privateKeyFile: locked.file,
      agentSocket: '',
      askPassphrase,
    });
    await logsIn(identity);
    await logsIn(identity);
    expect(asked).toEqual([locked.file]);
  });

  test('a mistyped passphrase may be given again, three times in all', async () => {
    const answers = ['no', 'open sesame'];
    const options = { publicKey: locked.publicKey, privateKeyFile: locked.file, agentSocket: '' };
    await findIdentity({ ...options, askPassphrase: async () => answers.shift()! });
    expect(answers).toEqual([]);
    let asked = 0;
    const wrong = findIdentity({ ...options, askPassphrase: async () => `wrong ${++asked}` });
    await expect(wrong).rejects.toThrow(`The passphrase for ${locked.file} is wrong (3 tries)`);
    expect(asked).toBe(3);
  });

  test('fails for a locked file where nobody can be asked, with what to do', async () => {
    const finding = findIdentity({ publicKey: locked.publicKey, privateKeyFile: locked.file, agentSocket: '' });
    await expect(finding).rejects.toBeInstanceOf(IdentityError);
    await expect(finding).rejects.toThrow(/locked is encrypted and nobody can be asked .*ssh-add .*locked/);
  });

  test('is used in the ssh-agent, before the file, and no other key of it is offered', async () => {
    for (let number = 0; number < 5; number++) addKey(agent.socket, makeKey(folder, `noise-${number}`).file);
    addKey(agent.socket, plain.file);
    const options = { publicKey: plain.publicKey, privateKeyFile: locked.file, agentSocket: agent.socket };
    const identity = await findIdentity(options);
    expect(identity).toMatchObject({
      source: 'ssh-agent',
      publicKey: plain.publicKey.split(' ').slice(0, 2).join(' '),
    });
    expect(identity.file).toBeUndefined();
    await logsIn(identity);
  });

  test('an RSA key in the ssh-agent signs as today’s servers want it', async () => {
    addKey(agent.socket, rsa.file);
    await logsIn(await findIdentity({ publicKey: rsa.publicKey, agentSocket: agent.socket }));
  });

  test('a named file comes before the agent where the public key is not known', async () => {
    addKey(agent.socket, plain.file);
    const identity = await findIdentity({ privateKeyFile: rsa.file, agentSocket: agent.socket });
    expect(identity.source).toBe(rsa.file);
  });

  test('fails with every place that was looked at', async () => {
    const sshDir = join(folder, 'few');
    mkdirSync(sshDir);
    copyFileSync(rsa.file, join(sshDir, 'id_rsa'));
    const other = makeKey(folder, 'lost');
    const gone = join(folder, 'gone');
    const error = await findIdentity({
      publicKey: other.publicKey,
      privateKeyFile: gone,
      agentSocket: join(folder, 'no-agent'),
      sshDir,
    }).then(
      () => undefined,
      (reason: IdentityError) => reason,
    );
    expect(error).toBeInstanceOf(IdentityError);
    expect(error!.message).toContain(
      `The private half of the deployed SSH public key ${fingerprint(other.publicKey.split(' ')[1]!)} (ssh-ed25519) was not found.`,
    );
    expect(error!.looked).toEqual([
      expect.stringMatching(/^ssh-agent: no answer on .*no-agent/),
      `${gone}: no such file`,
      `${join(sshDir, 'id_ed25519')}: no such file`,
      `${join(sshDir, 'id_ecdsa')}: no such file`,
      `${join(sshDir, 'id_rsa')}: another key (${fingerprint(rsa.publicKey.split(' ')[1]!)})`,
    ]);
    for (const place of error!.looked) expect(error!.message).toContain(place);
    expect(error!.message).toContain('ssh-add FILE');
  });

  test('fails for a file that is no key, a public key that is none, and a hardware token', async () => {
    const text = join(folder, 'text');
    writeFileSync(text, 'not a key');
    await expect(findIdentity({ privateKeyFile: text, agentSocket: '' })).rejects.toThrow(
      /text is no private key that can be used/,
    );
    await expect(findIdentity({ publicKey: 'nonsense' })).rejects.toThrow(
      'The deployed SSH public key is not one: nonsense',
    );
    const token = Buffer.concat([Buffer.from([0, 0, 0, 26]), Buffer.from('sk-ssh-ed25519@openssh.com')]).toString(
      'base64',
    );
    await expect(findIdentity({ publicKey: `sk-ssh-ed25519@openssh.com ${token}` })).rejects.toThrow(/hardware token/);
  });
});

async function startAgent(socket: string): Promise<{ socket: string; process: ChildProcess }> {
  const process = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { socket, process };
}

function addKey(socket: string, file: string): void {
  execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
}
