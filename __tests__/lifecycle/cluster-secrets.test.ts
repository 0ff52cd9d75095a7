import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSecrets, revealSecret } from '../../lifecycle/cluster-secrets';
import { Workspace } from '../../lifecycle/workspace';
import { Secret } from '../../operations';
import { COMMON, project } from '../plan/_project';

const PLAN = `kind: cluster
image: debian-12
groups:
  hub: { flavor: m1.small, roles: [spark-master, jupyter] }
  worker: { flavor: m1.small, roles: [spark-worker] }
`;

process.env.XDG_CONFIG_HOME = mkdtempSync(join(tmpdir(), 'firesteel-secrets-'));
const workspace = new Workspace({ projectDir: project({ 'common.yaml': COMMON, 'dev.yaml': PLAN }) });

beforeAll(() => workspace.secrets.set('dev', 'jupyter.token', new Secret('c0ffee')));

test('all secrets of the roles are listed, each once, and none is shown', async () => {
  const secrets = await listSecrets(workspace, 'dev');
  expect(secrets).toEqual([
    { name: 'spark.authenticate', roles: ['spark-master', 'jupyter', 'spark-worker'], kept: false },
    { name: 'jupyter.token', roles: ['jupyter'], opens: 'token that JupyterLab asks for', kept: true },
  ]);
  expect(JSON.stringify(secrets)).not.toContain('c0ffee');
});

test('one is shown to who asks for it', async () => {
  expect(await revealSecret(workspace, 'dev', 'jupyter.token')).toBe('c0ffee');
});

test('one that is not here, or that there is not, is told', async () => {
  await expect(revealSecret(workspace, 'dev', 'spark.authenticate')).rejects.toThrow(
    '"firesteel configure dev" reads it back',
  );
  await expect(revealSecret(workspace, 'dev', 'jupyter')).rejects.toThrow('did you mean "jupyter.token"?');
});
