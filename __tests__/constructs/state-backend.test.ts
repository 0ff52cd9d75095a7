import { TerraformStack, Testing } from 'cdktf';
import { addStateBackend } from '../../constructs/state-backend';
import type { StateBackend } from '../../plan/state-backend';

function backendOf(state: StateBackend | undefined): unknown {
  const stack = new TerraformStack(Testing.app(), 'dev');
  addStateBackend(stack, state);
  stack.prepareStack();
  return JSON.parse(Testing.synth(stack)).terraform.backend;
}

const LOCAL = { local: { path: expect.stringMatching(/\/terraform\.dev\.tfstate$/) } };

test.each([undefined, { backend: 'local' } as const])(
  'a state that is kept nowhere else is a file of the project',
  (state) => {
    expect(backendOf(state)).toEqual(LOCAL);
  },
);

test('http locks, at the address of the state where no other is named', () => {
  const address = 'https://state.example.org/{environment}';

  expect(backendOf({ backend: 'http', address })).toEqual({
    http: {
      address: 'https://state.example.org/dev',
      lock_address: 'https://state.example.org/dev',
      unlock_address: 'https://state.example.org/dev',
    },
  });
});

test('http as GitLab wants it', () => {
  const address = 'https://gitlab.example.org/api/v4/projects/7/terraform/state/{environment}';
  const methods = { lockMethod: 'POST', unlockMethod: 'DELETE' };

  expect(backendOf({ backend: 'http', address, lockAddress: `${address}/lock`, ...methods })).toEqual({
    http: {
      address: 'https://gitlab.example.org/api/v4/projects/7/terraform/state/dev',
      lock_address: 'https://gitlab.example.org/api/v4/projects/7/terraform/state/dev/lock',
      unlock_address: 'https://gitlab.example.org/api/v4/projects/7/terraform/state/dev/lock',
      lock_method: 'POST',
      unlock_method: 'DELETE',
    },
  });
});

test('pg has a schema for each environment, and an address only where the shell need not say it', () => {
  const schema = 'spark_{environment}';
  const address = 'postgres://db.example.org/terraform';

  expect(backendOf({ backend: 'pg', schema })).toEqual({ pg: { schema_name: 'spark_dev' } });
  expect(backendOf({ backend: 'pg', schema, address })).toEqual({
    pg: { conn_str: address, schema_name: 'spark_dev' },
  });
});

test("s3 is Amazon's, and locks by a file", () => {
  const state = { backend: 's3', bucket: 'states', key: 'spark/{environment}.tfstate' } as const;

  expect(backendOf({ ...state, region: 'eu-central-1' })).toEqual({
    s3: { bucket: 'states', key: 'spark/dev.tfstate', region: 'eu-central-1', use_lockfile: true },
  });
  expect(backendOf({ ...state, useLockfile: false })).toMatchObject({ s3: { use_lockfile: false } });
});

test('Swift is reached through its S3 API, of which nothing of Amazon is asked', () => {
  const endpoint = 'https://objects.example.org';
  const state = { bucket: 'states', key: 'spark/{environment}.tfstate', endpoint };
  const expected = {
    s3: {
      bucket: 'states',
      key: 'spark/dev.tfstate',
      endpoints: { s3: endpoint },
      region: 'us-east-1',
      skip_credentials_validation: true,
      skip_metadata_api_check: true,
      skip_region_validation: true,
      skip_requesting_account_id: true,
      skip_s3_checksum: true,
      use_lockfile: true,
      use_path_style: true,
    },
  };

  expect(backendOf({ backend: 'swift', ...state })).toEqual(expected);
  expect(backendOf({ backend: 's3', ...state })).toEqual(expected);
  expect(backendOf({ backend: 'swift', ...state, region: 'RegionOne' })).toMatchObject({ s3: { region: 'RegionOne' } });
});

test('refuses a password in an address, and does not repeat it', () => {
  const bad = () => backendOf({ backend: 'pg', schema: '{environment}', address: 'postgres://a:s3cret@db/t' });

  expect(bad).toThrow(/^state\.address holds a password/);
  expect(bad).not.toThrow(/s3cret/);
});
