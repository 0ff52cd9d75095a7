import { CLOUD } from './clouds-yaml';
import { identityUrl } from './config/context';
import { IMAGE } from './image';
import type { Running } from './running';
import { PUBLIC_NETWORK } from './seed';
import { type SandboxSettings, sandboxSettings } from './settings';

/** How to use a sandbox. */
export interface SandboxInfo {
  /** Path of its `clouds.yaml`, for OS_CLIENT_CONFIG_FILE. */
  readonly cloudsYaml: string;
  /** Name of the cloud in it. */
  readonly cloud: string;
  readonly authUrl: string;
  /** External network that routers and floating IPs use. */
  readonly publicNetwork: string;
  readonly image: string;
  /** Address from which this machine reaches floating IPs: what `access` must hold. */
  readonly hostAddress: string;
  /** DNS servers that guests must use: they reach no others. */
  readonly nameservers: readonly string[];
  readonly stateDir: string;
  /** Name servers of the zones that Designate has, by its pools; absent where the sandbox has no DNS. */
  readonly dns?: { readonly public: string; readonly private: string };
}

/** Path of the sandbox's `clouds.yaml`, whether it exists or not. */
export function sandboxCloudsYaml(settings: SandboxSettings = sandboxSettings()): string {
  return settings.clouds;
}

export function sandboxInfo(
  settings: SandboxSettings,
  { resolvers, extras = [] }: Pick<Running, 'resolvers' | 'extras'>,
): SandboxInfo {
  return {
    cloudsYaml: settings.clouds,
    cloud: CLOUD,
    authUrl: identityUrl(settings),
    publicNetwork: PUBLIC_NETWORK,
    image: IMAGE,
    hostAddress: settings.net.host,
    nameservers: resolvers.nameservers,
    stateDir: settings.stateDir,
    ...(extras.includes('dns') && { dns: settings.net.dns }),
  };
}
