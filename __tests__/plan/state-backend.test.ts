import { loadEnvironment } from '../../plan/load-environments';
import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { stateOf } from '../../plan/state-backend';
import { COMMON, DEV, project } from './_project';

const load = (state: string) => loadEnvironment(project({ 'dev.yaml': `${DEV}state: ${state}\n` }), 'dev');

function issuesOf(state: string): string[] {
  try {
    load(state);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.issues.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`);
  }
  return [];
}

test('both kinds of environments say where their state is kept', () => {
  const state = '{ backend: pg, address: "postgres://db.example.org/terraform", schema: "spark_{environment}" }';
  const common = loadEnvironment(project({ 'common.yaml': `${COMMON}state: ${state}\n` }), 'common');

  for (const { plan } of [load(state), common])
    expect(plan.state).toEqual({
      backend: 'pg',
      address: 'postgres://db.example.org/terraform',
      schema: 'spark_{environment}',
    });
});

test('an environment that says nothing has none', () => {
  expect(loadEnvironment(project({ 'dev.yaml': DEV }), 'dev').plan).not.toHaveProperty('state');
});

test("the environment's name goes where the placeholder stands, wherever that is", () => {
  const state = {
    backend: 'http',
    address: 'https://s/{environment}',
    lockAddress: 'https://s/{environment}/lock',
  } as const;

  expect(stateOf(state, 'dev')).toEqual({
    backend: 'http',
    address: 'https://s/dev',
    lockAddress: 'https://s/dev/lock',
  });
});

describe('a state that can not be kept so is refused with its place', () => {
  const cases: [what: string, state: string, issue: RegExp][] = [
    ['a word', 'pg', /^8:8: state: must be a section, got "pg"$/],
    ['no backend', '{ schema: x }', /^8:8: state\.backend: must be one of local, http, pg, s3, swift, got nothing$/],
    [
      'a backend that is none',
      '{ backend: swfit }',
      /^8:19: state\.backend: must be one of local, http, pg, s3, swift, got "swfit" \(did you mean "swift"\?\)$/,
    ],
    [
      'a setting that the backend has not',
      '{ backend: pg, schema: "{environment}", bucket: x }',
      /^8:48: state\.bucket: unknown key "bucket"; known here: backend, address, schema$/,
    ],
    ['a schema that is missing', '{ backend: pg }', /^8:8: state\.schema: is missing: a string is needed here$/],
    [
      'a schema that all environments would share',
      '{ backend: pg, schema: spark }',
      /^8:31: state\.schema: must have \{environment\} in it/,
    ],
    [
      'an address that all environments would share',
      '{ backend: http, address: "https://state.example.org/spark" }',
      /^8:34: state\.address: must have \{environment\} in it/,
    ],
    [
      'a lock that all environments would share',
      '{ backend: http, address: "https://s/{environment}", lockAddress: "https://s/lock" }',
      /^8:74: state\.lockAddress: must have \{environment\} in it/,
    ],
    ['a key that all environments would share', '{ backend: s3, bucket: b, key: k }', /^8:39: state\.key: must have/],
    [
      'a schema that PostgreSQL would cut',
      `{ backend: pg, schema: "${'s'.repeat(61)}{environment}" }`,
      /^8:31: state\.schema: "s+dev" is too long: PostgreSQL's names have at most 63 bytes$/,
    ],
    [
      'an address of another kind',
      '{ backend: pg, address: "host=db", schema: "{environment}" }',
      /^8:32: state\.address: is no address: it must be like postgres:\/\/db\.example\.org\/terraform$/,
    ],
    [
      'an object store without its address',
      '{ backend: swift, bucket: b, key: "{environment}" }',
      /^8:8: state\.endpoint: is missing/,
    ],
    [
      'a method that is none',
      '{ backend: http, address: "https://s/{environment}", lockMethod: post }',
      /^8:73: state\.lockMethod: must be an HTTP method such as POST/,
    ],
  ];

  test.each(cases)('refuses %s', (_what, state, issue) => {
    expect(issuesOf(state)).toContainEqual(expect.stringMatching(issue));
  });
});

describe('a secret in an address is refused, with what to do and without repeating it', () => {
  const cases: [state: string, place: string, advice: string][] = [
    [
      '{ backend: pg, schema: "{environment}", address: "postgres://alice:s3cret@db/terraform" }',
      '8:57: state.address: holds a password',
      'export PGUSER and PGPASSWORD, or PGPASSFILE',
    ],
    [
      '{ backend: pg, schema: "{environment}", address: "postgres://db/terraform?password=s3cret" }',
      '8:57: state.address: holds a password',
      'export PGUSER and PGPASSWORD',
    ],
    [
      '{ backend: pg, schema: "{environment}", address: "postgres://alice@db/terraform" }',
      '8:57: state.address: holds a user',
      'export PGUSER and PGPASSWORD',
    ],
    [
      '{ backend: http, address: "https://alice:s3cret@state.example.org/{environment}" }',
      '8:34: state.address: holds a password',
      'export TF_HTTP_USERNAME and TF_HTTP_PASSWORD',
    ],
    [
      '{ backend: http, address: "https://s/{environment}", unlockAddress: "https://s/{environment}?private_token=s3cret" }',
      '8:76: state.unlockAddress: holds a password',
      'export TF_HTTP_USERNAME and TF_HTTP_PASSWORD',
    ],
    [
      '{ backend: swift, bucket: b, key: "{environment}", endpoint: "https://alice:s3cret@objects.example.org" }',
      '8:69: state.endpoint: holds a password',
      'export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ],
  ];

  test.each(cases)('refuses %s', (state, place, advice) => {
    const [issue = '', ...others] = issuesOf(state);

    expect(others).toEqual([]);
    expect(issue).toContain(place);
    expect(issue).toContain(advice);
    expect(issue).not.toContain('s3cret');
  });

  test('a plan that is no file is refused as well', () => {
    const spec = { image: 'debian-12', master: { flavor: 'm' }, workers: { flavor: 'm', count: 1 } };
    const state = { backend: 'pg', schema: '{environment}', address: 'postgres://a:s3cret@db/t' } as const;

    expect(() => sparkClusterPlan('dev', { ...spec, state })).toThrow(/^state\.address: holds a password/);
  });
});

describe('warns of', () => {
  test.each([
    ['{ backend: s3, bucket: b, key: "{environment}", useLockfile: false }', 'nothing keeps two people'],
    ['{ backend: http, address: "http://state.example.org/{environment}" }', 'state.address is not encrypted'],
    [
      '{ backend: pg, schema: "{environment}", address: "postgres://db/t?sslmode=disable" }',
      'state.address is not encrypted',
    ],
  ])('%s', (state, warning) => {
    expect(load(state).warnings).toContainEqual(expect.stringContaining(warning));
  });

  test('nothing that stays on this machine, or is encrypted and locked', () => {
    for (const state of [
      '{ backend: s3, bucket: b, key: "{environment}" }',
      '{ backend: http, address: "http://127.0.0.1:8080/{environment}" }',
      '{ backend: pg, schema: "{environment}" }',
    ])
      expect(load(state).warnings).toEqual([]);
  });
});
