import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import type { ProgressListener } from '../plan/progress';
import { UsageError } from './errors';

/** One address range that may reach SSH, and why it was put there. */
export interface AccessEntry {
  readonly range: string;
  readonly why: string;
}

export interface AccessOptions {
  /** Whose access it is, for warnings. */
  readonly subject: string;
  /** The shell's `SSH_CONNECTION`. */
  readonly sshConnection: string | undefined;
  readonly onProgress?: ProgressListener;
}

/**
 * From where the nodes will be reached, where nobody has said it; with a warning where that is probably not how the cloud
 * sees it.
 * @throws {UsageError} when it can't be found out
 */
export async function accessFor(
  authUrl: string,
  { subject, sshConnection, onProgress }: AccessOptions,
): Promise<readonly AccessEntry[]> {
  const found = await findAccess(authUrl, sshConnection);
  if (found.length === 0) {
    throw new UsageError(
      'from which addresses the nodes will be reached could not be found out: say it with --access, e.g. --access 203.0.113.7/32',
    );
  }
  for (const { range } of found.filter((entry) => looksTranslated(entry.range, authUrl))) {
    const text = `${range} is a private address and the cloud is not: if this machine is behind a router, the nodes see the router's address; put that into "access"`;
    onProgress?.({ subject, phase: 'access', state: 'warn', text });
  }
  return found;
}

/**
 * From where the nodes will be reached: this machine, as the cloud's API sees it on the way there, and whoever is logged
 * in to this machine over SSH.
 * @param sshConnection the shell's `SSH_CONNECTION`
 */
export async function findAccess(authUrl: string, sshConnection: string | undefined): Promise<readonly AccessEntry[]> {
  const entries: AccessEntry[] = [];
  const own = await tryLocalAddress(authUrl);
  if (own) entries.push({ range: host(own), why: 'this machine, on its route to the cloud' });
  const [client] = (sshConnection ?? '').split(' ');
  if (client && (isIPv4(client) || isIPv6(client))) {
    entries.push({ range: host(client), why: 'where you are logged in to this machine from (SSH_CONNECTION)' });
  }
  return entries.filter(({ range }, index) => entries.findIndex((other) => other.range === range) === index);
}

/** Behind a router that translates addresses, the cloud sees another address than the machine's own. */
export function looksTranslated(range: string, authUrl: string): boolean {
  return isPrivate(range) && !isPrivate(new URL(authUrl).hostname);
}

/** The address this machine would send from; connecting a UDP socket sends nothing. */
async function tryLocalAddress(authUrl: string): Promise<string | undefined> {
  const url = new URL(authUrl);
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  try {
    const { address, family } = await lookup(url.hostname.replace(/^\[|\]$/g, ''));
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(port, address, resolve);
      });
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch {
    return undefined;
  }
}

function host(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

function isPrivate(address: string): boolean {
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|localhost$)/.test(
    address,
  );
}
