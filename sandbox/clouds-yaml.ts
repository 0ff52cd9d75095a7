import * as writeFileAtomic from 'write-file-atomic';
import { stringify } from 'yaml';
import { type ConfigContext, identityUrl, REGION } from './config/context';

/** Name of the cloud in `clouds.yaml` that users work with. */
export const CLOUD = 'sandbox';

/** Text of a `clouds.yaml` with two clouds: `sandbox`, an ordinary project, and `admin`. */
export function renderCloudsYaml(context: Pick<ConfigContext, 'net' | 'passwords'>): string {
  const cloud = (name: 'sandbox' | 'admin') => ({
    auth: {
      auth_url: identityUrl(context),
      username: name,
      password: context.passwords[name],
      project_name: name,
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    },
    region_name: REGION,
    identity_api_version: 3,
  });
  return stringify({ clouds: { [CLOUD]: cloud('sandbox'), admin: cloud('admin') } });
}

/** Writes it for its owner's eyes only. */
export function writeCloudsYaml(file: string, context: Pick<ConfigContext, 'net' | 'passwords'>): void {
  writeFileAtomic.sync(file, renderCloudsYaml(context), { mode: 0o600 });
}
