import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Workspace } from '../../lifecycle/workspace';
import type { CommonEnvironment } from '../../plan/load-environments';

test('a passphrase is asked for once, and again only after it was wrong', async () => {
  const projectDir = mkdtempSync(join(tmpdir(), 'firesteel-identity-'));
  const file = join(projectDir, 'id');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'right', '-f', file]);
  const answers = ['wrong', 'wrong', 'wrong', 'right'];
  const workspace = new Workspace({ projectDir, env: {}, askPassphrase: async () => answers.shift() ?? 'none left' });
  const publicKey = readFileSync(`${file}.pub`, 'utf8').trim();
  const common = {
    plan: { keyPair: { kind: 'publicKey', publicKey }, ssh: { authorizedKeys: [], privateKeyFile: file } },
  } as unknown as CommonEnvironment;

  await expect(workspace.identity(common)).rejects.toThrow('is wrong (3 tries)');
  expect((await workspace.identity(common)).file).toBe(file);
  expect((await workspace.identity(common)).file).toBe(file);
  expect(answers).toEqual([]);
  rmSync(projectDir, { recursive: true });
});
