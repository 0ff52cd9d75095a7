import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type CloudCredentials, credentialsToEnv, listClouds, resolveCredentials, SecretText } from '../../cloud';
import { NAME, type SandboxCloud } from './_sandbox-cloud';

/** Every way to log in that there is. */
export function describeLogins(sandbox: () => SandboxCloud): void {
  describe('ways to log in', () => {
    /** Keystone itself, for what we only read elsewhere. */
    async function keystone(method: string, path: string, token: string, body?: unknown): Promise<Response> {
      const headers = { 'content-type': 'application/json', 'x-auth-token': token, 'x-subject-token': token };
      return fetch(`${sandbox().credentials.authUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    }

    async function newToken(): Promise<string> {
      const { auth, project } = sandbox().credentials;
      if (auth.kind !== 'password') throw new Error('the sandbox logs in by password');
      const user = { name: auth.user.name, domain: auth.user.domain, password: auth.password.reveal() };
      const identity = { methods: ['password'], password: { user } };
      const scope = { project: { name: project?.name, domain: project?.domain } };
      const answer = await keystone('POST', '/auth/tokens', '', { auth: { identity, scope } });
      return answer.headers.get('x-subject-token') ?? '';
    }

    test('the variables for Terraform log in to the same project', async () => {
      const again = await resolveCredentials({ env: credentialsToEnv(sandbox().credentials) });
      expect((await sandbox().connect(again)).projectId).toBe(sandbox().api.projectId);
    });

    test('clouds.yaml with its password in secure.yaml', async () => {
      const { place } = listClouds({ furtherFiles: [sandbox().file] }).find(({ name }) => name === 'sandbox')!;
      const { sandbox: entry } = parse(readFileSync(place.replace(/:\d+$/, ''), 'utf8')).clouds;
      const { password, ...auth } = entry.auth;
      writeFileSync(join(sandbox().folder, 'clouds.yaml'), stringify({ clouds: { split: { ...entry, auth } } }), {
        mode: 0o600,
      });
      writeFileSync(join(sandbox().folder, 'secure.yaml'), stringify({ clouds: { split: { auth: { password } } } }), {
        mode: 0o600,
      });
      const split = await resolveCredentials({ cloud: 'split', env: {}, cwd: sandbox().folder });
      expect((await sandbox().connect(split)).projectId).toBe(sandbox().api.projectId);
    });

    test('an openrc file that asks for the password', async () => {
      const { OS_PASSWORD, ...rest } = credentialsToEnv(sandbox().credentials);
      const lines = Object.entries(rest).map(([name, value]) => `export ${name}="${value}"`);
      writeFileSync(
        join(sandbox().folder, 'openrc.sh'),
        [...lines, 'read -sr OS_PASSWORD_INPUT', 'export OS_PASSWORD=$OS_PASSWORD_INPUT', ''].join('\n'),
      );
      const asked = await resolveCredentials({
        openrc: join(sandbox().folder, 'openrc.sh'),
        env: {},
        askPassword: async () => OS_PASSWORD,
      });
      expect((await sandbox().connect(asked)).projectId).toBe(sandbox().api.projectId);
    });

    test('a token, until it is revoked', async () => {
      const token = await newToken();
      const byToken: CloudCredentials = {
        ...sandbox().credentials,
        auth: { kind: 'token', token: new SecretText(token) },
      };
      const connected = await sandbox().connect(byToken);
      expect((await connected.compute.flavors()).length).toBeGreaterThan(0);
      expect((await keystone('DELETE', '/auth/tokens', token)).status).toBe(204);
      await expect(sandbox().connect(byToken)).rejects.toMatchObject({ kind: 'tokenExpired' });
    });

    test('an application credential, and with a wrong secret', async () => {
      const token = await newToken();
      const path = `/users/${sandbox().api.userId}/application_credentials`;
      const made = await keystone('POST', path, token, { application_credential: { name: NAME } });
      const { application_credential } = (await made.json()) as {
        application_credential: { id: string; secret: string };
      };
      try {
        const as = (secret: string): CloudCredentials => ({
          ...sandbox().credentials,
          auth: { kind: 'applicationCredential', id: application_credential.id, secret: new SecretText(secret) },
          project: undefined,
        });
        expect((await sandbox().connect(as(application_credential.secret))).projectId).toBe(sandbox().api.projectId);
        await expect(sandbox().connect(as('wrong'))).rejects.toMatchObject({
          kind: 'badCredentials',
          message: expect.stringContaining(application_credential.id),
        });
      } finally {
        await keystone('DELETE', `${path}/${application_credential.id}`, token);
      }
    });
  });
}
