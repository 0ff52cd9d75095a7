/** How to get what is missing, for people. */
const GET_PACKER =
  'on Debian 12 "apt-get install packer" (OpenStack is built in); elsewhere a Packer of HashiCorp\'s, 1.7 or newer, and then "packer plugins install github.com/hashicorp/openstack". FIRESTEEL_PACKER names one that is not on the PATH';
const GET_PLUGIN = 'install it with "packer plugins install github.com/hashicorp/openstack", as the user who builds';

/** The first that can read what we write. */
const OLDEST: readonly [number, number] = [1, 6];

/** The version of `packer version`; undefined for another program of that name, as cracklib has one. */
export function tryPackerVersion(stdout: string): string | undefined {
  return /^Packer v(\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
}

/** Why a Packer of this version can't be used; undefined where it can. */
export function wrongVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined;
  return `Packer ${version} is too old, ${OLDEST.join('.')} or newer is needed: ${GET_PACKER}`;
}

/** @param found what is there instead. @default - nothing */
export function packerMissing(found?: string): string {
  const there = found === undefined ? 'Packer is not installed' : `"${found}" is not HashiCorp's Packer`;
  return `${there}, and images are built by it: ${GET_PACKER}`;
}

/** What is wrong where Packer refuses a template that is right; undefined where it has another reason. */
export function tryPluginMissing(said: string, version: string): string | undefined {
  if (!/builder\s+(type\s+)?\W?openstack\W?\s+is unknown|unknown builder|not (found|available).*openstack/i.test(said))
    return undefined;
  return `Packer ${version} has no plugin for OpenStack: ${GET_PLUGIN}`;
}
