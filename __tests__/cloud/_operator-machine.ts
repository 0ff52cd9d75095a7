import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CloudError } from '../../cloud/cloud-error';
import { type CredentialsOptions, resolveCredentials } from '../../cloud/credentials';

export const HOME_CLOUDS = 'home/.config/openstack/clouds.yaml';
export const HOME_SECURE = 'home/.config/openstack/secure.yaml';

/** A clouds.yaml with one cloud. */
export const DEV = `clouds:
  dev:
    auth:
      auth_url: https://keystone.example.org:5000
      username: me
      password: s3cret
      project_name: research
      user_domain_name: Users
      project_domain_name: Projects
    region_name: north
    interface: internal
    cacert: ~/ca.pem
`;

/** A machine of each test's own: nothing of the one that runs the test is seen. */
export function operatorMachine() {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-credentials-'));
    mkdirSync(at('work'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  const write = (name: string, text: string, mode = 0o600): string => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
    chmodSync(at(name), mode);
    return at(name);
  };
  const options = (over: CredentialsOptions = {}): CredentialsOptions => {
    return { env: {}, cwd: at('work'), home: at('home'), ...over };
  };
  const failure = async (over: CredentialsOptions): Promise<CloudError> => {
    const error = await resolveCredentials(options(over)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CloudError);
    return error as CloudError;
  };
  return { at, write, options, failure };
}
