import * as fs from 'node:fs';

/** How guests get names resolved. */
export interface Resolvers {
  /** Addresses that guests ask. */
  readonly nameservers: readonly string[];
  /** Set where the host's own servers can't be reached from a guest: a forwarder then listens for them. */
  readonly forwarder?: { readonly listen: string; readonly servers: readonly string[] };
}

/** systemd-resolved's list of the real servers, behind the 127.0.0.53 of resolv.conf. */
const UPSTREAM = '/run/systemd/resolve/resolv.conf';

/** @param host the host's address on the sandbox's network, for the forwarder */
export function hostResolvers(host: string, read: (file: string) => string = readIfThere): Resolvers {
  const servers = parseNameservers(read('/etc/resolv.conf'));
  for (const list of [servers, parseNameservers(read(UPSTREAM))]) {
    const nameservers = list.filter(reachable);
    if (nameservers.length > 0) return { nameservers };
  }
  return { nameservers: [host], forwarder: { listen: host, servers } };
}

export function parseNameservers(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]);
}

// Guests have IPv4 only, and the host's loopback is not theirs.
function reachable(address: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) && !address.startsWith('127.');
}

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
