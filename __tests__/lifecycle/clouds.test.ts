import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Clouds, type LoginOptions } from '../../lifecycle/_clouds';
import { loadEnvironment } from '../../plan/load-environments';
import { COMMON, project } from '../plan/_project';

const CLOUDS = `clouds:
  dev:
    auth: { auth_url: 'https://keystone.example.org:5000/v3', username: me, project_name: research }
`;
const SECURE = 'clouds: { dev: { auth: { password: s3cret } } }\n';

let projectDir: string;
beforeEach(() => {
  projectDir = project({ 'named.yaml': `${COMMON}cloud: dev\n`, 'unnamed.yaml': COMMON });
  writeFileSync(join(projectDir, 'clouds.yaml'), CLOUDS, { mode: 0o600 });
});
afterEach(() => rmSync(projectDir, { recursive: true }));

const environment = (name: string) => loadEnvironment(projectDir, name);
const clouds = (env: NodeJS.ProcessEnv = {}, options: LoginOptions = {}) =>
  new Clouds(projectDir, { HOME: projectDir, ...env }, options);

test('Terraform reads a cloud that the plan names from its files; nothing of another one mixes in', async () => {
  writeFileSync(join(projectDir, 'secure.yaml'), SECURE, { mode: 0o600 });
  const env = { OS_AUTH_URL: 'https://another.example.org', OS_REGION_NAME: 'west', EDITOR: 'vi' };

  expect(await clouds(env).login(environment('named'))).toEqual({
    HOME: projectDir,
    EDITOR: 'vi',
    OS_CLIENT_CONFIG_FILE: join(projectDir, 'clouds.yaml'),
    OS_CLIENT_SECURE_FILE: join(projectDir, 'secure.yaml'),
    OS_PASSWORD: 's3cret',
  });
});

test('a secure file that the shell names is found from the folder of the project', async () => {
  writeFileSync(join(projectDir, 'mine.yaml'), SECURE, { mode: 0o600 });
  const login = await clouds({ OS_CLIENT_SECURE_FILE: 'mine.yaml' }).login(environment('named'));
  expect(login.OS_CLIENT_SECURE_FILE).toBe(join(projectDir, 'mine.yaml'));
});

test('where the plan names none, the variables say it all', async () => {
  const env = { OS_AUTH_URL: 'https://k:5000/v3', OS_USERNAME: 'me', OS_PASSWORD: 'p', OS_PROJECT_NAME: 'research' };
  const login = await clouds(env).login(environment('unnamed'));
  expect(login).toMatchObject({ ...env, OS_AUTH_TYPE: 'v3password' });
  expect(login.OS_CLIENT_CONFIG_FILE).toBeUndefined();
});

test('a password is asked for once, however often the cloud is logged in to', async () => {
  const asked: string[] = [];
  const askPassword = async (question: string) => {
    asked.push(question);
    return 'typed';
  };
  const all = clouds({}, { askPassword });
  for (let time = 0; time < 2; time++) expect((await all.login(environment('named'))).OS_PASSWORD).toBe('typed');
  expect(asked).toHaveLength(1);
});

test('refuses a plan that names a cloud and an openrc file', async () => {
  const openrc = join(projectDir, 'openrc.sh');
  writeFileSync(
    openrc,
    'export OS_AUTH_URL=https://k:5000/v3 OS_USERNAME=me OS_PASSWORD=p OS_PROJECT_NAME=research\n',
    { mode: 0o600 },
  );
  await expect(clouds({}, { openrc }).login(environment('named'))).rejects.toThrow(
    /--openrc and "cloud: dev" of .*named\.yaml are both given: take one of them away/,
  );
});
