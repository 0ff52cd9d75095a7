import type { CloudCredentials } from '../../cloud/cloud-credentials';
import { resolveCredentials } from '../../cloud/credentials';
import { credentialsToEnv, withCredentials } from '../../cloud/credentials-env';
import { SecretText } from '../../cloud/secret-text';

const BASE: CloudCredentials = {
  source: 'test',
  authUrl: 'https://k:5000/v3',
  auth: { kind: 'password', user: { name: 'me', domain: { name: 'Users' } }, password: new SecretText('s3cret') },
  project: { name: 'p', domain: { id: 'default' } },
  region: 'north',
  interface: 'internal',
  caFile: '/ca.pem',
  verify: false,
  warnings: [],
};

test('a password login in the words of Terraform and Python', () => {
  expect(credentialsToEnv(BASE)).toEqual({
    OS_AUTH_TYPE: 'v3password',
    OS_AUTH_URL: 'https://k:5000/v3',
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'me',
    OS_USER_DOMAIN_NAME: 'Users',
    OS_PASSWORD: 's3cret',
    OS_PROJECT_NAME: 'p',
    OS_PROJECT_DOMAIN_ID: 'default',
    OS_REGION_NAME: 'north',
    OS_INTERFACE: 'internal',
    OS_ENDPOINT_TYPE: 'internal',
    OS_CACERT: '/ca.pem',
    OS_INSECURE: 'true',
  });
});

const AUTHS: [string, Partial<CloudCredentials>][] = [
  ['password', {}],
  [
    'password by ids',
    {
      auth: { kind: 'password', user: { id: 'u1', domain: { id: 'default' } }, password: new SecretText('x') },
      project: { id: 'p1', domain: { id: 'default' } },
    },
  ],
  [
    'application credential',
    { auth: { kind: 'applicationCredential', id: 'a', secret: new SecretText('b') }, project: undefined },
  ],
  [
    'application credential by name',
    {
      auth: {
        kind: 'applicationCredential',
        name: 'a',
        user: { name: 'me', domain: { id: 'default' } },
        secret: new SecretText('b'),
      },
      project: undefined,
    },
  ],
  ['token', { auth: { kind: 'token', token: new SecretText('t') }, verify: true }],
];

test.each(AUTHS)('%s: the variables say the same when they are read again', async (_, over) => {
  const credentials = { ...BASE, ...over };
  const env = credentialsToEnv(credentials);
  const again = await resolveCredentials({ env, cwd: '/', home: '/' });
  expect(again).toMatchObject({
    ...JSON.parse(JSON.stringify({ ...credentials, source: 'OS_* variables' })),
    auth: { kind: credentials.auth.kind },
  });
  expect(credentialsToEnv(again)).toEqual(env);
});

test('nothing of what the shell exported mixes in', () => {
  const env = withCredentials({ PATH: '/bin', OS_CLOUD: 'other', OS_TOKEN: 'old' }, BASE);
  expect(env).toEqual({ PATH: '/bin', ...credentialsToEnv(BASE) });
});
