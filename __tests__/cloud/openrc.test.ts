import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudCredentials, PasswordAuth } from '../../cloud/cloud-credentials';
import { type AskPassword, resolveCredentials } from '../../cloud/credentials';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-openrc-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function read(
  text: string,
  over: { env?: NodeJS.ProcessEnv; askPassword?: AskPassword; mode?: number } = {},
): Promise<CloudCredentials> {
  const openrc = join(folder, 'openrc.sh');
  writeFileSync(openrc, text);
  chmodSync(openrc, over.mode ?? 0o600);
  return resolveCredentials({ openrc, env: over.env ?? {}, cwd: folder, home: folder, askPassword: over.askPassword });
}

const password = (credentials: CloudCredentials) => (credentials.auth as PasswordAuth).password.reveal();

// As Horizon writes it.
const HORIZON = `#!/usr/bin/env bash
# To use an OpenStack cloud you need to authenticate against the Identity service
export OS_AUTH_URL=https://keystone.example.org:5000
export OS_PROJECT_ID=0123456789abcdef
export OS_PROJECT_NAME="my research"
export OS_USER_DOMAIN_NAME="Default"
if [ -z "$OS_USER_DOMAIN_NAME" ]; then unset OS_USER_DOMAIN_NAME; fi
export OS_PROJECT_DOMAIN_ID="default"
if [ -z "$OS_PROJECT_DOMAIN_ID" ]; then unset OS_PROJECT_DOMAIN_ID; fi
# unset v2.0 items in case set
unset OS_TENANT_ID
unset OS_TENANT_NAME
export OS_USERNAME="me"
echo "Please enter your OpenStack Password for project $OS_PROJECT_NAME as user $OS_USERNAME: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
export OS_REGION_NAME=""
if [ -z "$OS_REGION_NAME" ]; then unset OS_REGION_NAME; fi
export OS_INTERFACE=public
export OS_IDENTITY_API_VERSION=3
`;

test("Horizon's file asks, in its own words", async () => {
  const prompts: string[] = [];
  const credentials = await read(HORIZON, {
    askPassword: async (prompt) => {
      prompts.push(prompt);
      return 'ty"ped $x';
    },
  });
  expect(prompts).toEqual(['Please enter your OpenStack Password for project my research as user me: ']);
  expect(password(credentials)).toBe('ty"ped $x');
  expect(credentials).toMatchObject({
    source: `openrc ${join(folder, 'openrc.sh')}`,
    authUrl: 'https://keystone.example.org:5000/v3',
    auth: { user: { name: 'me', domain: { name: 'Default' } } },
    project: { id: '0123456789abcdef', name: 'my research', domain: { id: 'default' } },
    region: undefined,
    warnings: [],
  });
});

test('OS_PASSWORD of the shell answers the question', async () => {
  expect(password(await read(HORIZON, { env: { OS_PASSWORD: 'from shell' } }))).toBe('from shell');
});

test('fails with file and line where it asks and nobody can answer', async () => {
  await expect(read(HORIZON)).rejects.toMatchObject({
    kind: 'badConfiguration',
    message: expect.stringMatching(/openrc\.sh:15: asks for OS_PASSWORD_INPUT, .*OS_PASSWORD/),
  });
});

const BASE = 'export OS_AUTH_URL=http://k:5000/v3 OS_USERNAME=me OS_PROJECT_NAME=p\n';

test.each([
  ["export OS_PASSWORD='single $quoted `kept`'", 'single $quoted `kept`'],
  ['export OS_PASSWORD="double \\"quoted\\" \\$x"', 'double "quoted" $x'],
  ['OS_PASSWORD=plain#not-a-comment # a comment', 'plain#not-a-comment'],
  ['export OS_PASSWORD=back\\ slash', 'back slash'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
  ['A=one; B="${A}-two"; export OS_PASSWORD=$B', 'one-two'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
  ['export OS_PASSWORD=${MISSING:-fallback}', 'fallback'],
  ['OS_PASSWORD="two"" parts"\nexport OS_PASSWORD', 'two parts'],
  ['if [ -n "$NOTHING" ]\nthen\n  export OS_PASSWORD=wrong\nelse\n  export OS_PASSWORD=right\nfi', 'right'],
  ['export OS_PASSWORD=from-$FROM_SHELL', 'from-shell'],
])('%s', async (line, expected) => {
  expect(password(await read(`${BASE}${line}\n`, { env: { FROM_SHELL: 'shell' } }))).toBe(expected);
});

test('read -p has its prompt with it', async () => {
  const prompts: string[] = [];
  const askPassword = async (prompt: string) => `${prompts.push(prompt)}`;
  await read(`${BASE}read -r -s -p "Password, please:" PW\nexport OS_PASSWORD=$PW\n`, { askPassword });
  expect(prompts).toEqual(['Password, please: ']);
});

test('application credentials', async () => {
  const text =
    'export OS_AUTH_TYPE=v3applicationcredential\nexport OS_AUTH_URL=http://k/v3\nexport OS_APPLICATION_CREDENTIAL_ID=a\nexport OS_APPLICATION_CREDENTIAL_SECRET=b\n';
  expect((await read(text)).auth).toMatchObject({ kind: 'applicationCredential', id: 'a' });
});

test.each([
  'export OS_PASSWORD=$(pass show cloud)',
  'export OS_PASSWORD="`cat pw`"',
  'PW=$(cat pw)\nexport OS_PASSWORD=$PW',
])('refuses to run anything: %s', async (line) => {
  await expect(read(`${BASE}${line}\n`)).rejects.toMatchObject({
    message: expect.stringMatching(/openrc\.sh:[23]: OS_PASSWORD is the output of a command.*source/),
  });
});

test('fails for an open quote with file and line', async () => {
  await expect(read(`${BASE}export OS_PASSWORD="abc\n`)).rejects.toMatchObject({
    message: expect.stringContaining('openrc.sh:2: '),
  });
});

test('fails for a file that does not exist', async () => {
  await expect(resolveCredentials({ openrc: join(folder, 'none.sh'), env: {} })).rejects.toMatchObject({
    message: expect.stringContaining('does not exist'),
  });
});

test('warns of a password that everybody may read, not of a file that asks', async () => {
  expect((await read(`${BASE}export OS_PASSWORD=p\n`, { mode: 0o644 })).warnings).toHaveLength(1);
  expect((await read(HORIZON, { mode: 0o644, askPassword: async () => 'p' })).warnings).toEqual([]);
});
