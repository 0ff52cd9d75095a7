import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { firstExisting } from './_config-dirs';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError } from './cloud-error';

type TlsSettings = Pick<CloudCredentials, 'caFile' | 'certFile' | 'keyFile' | 'verify' | 'source'>;

/** Connections to one cloud: its trust, its client certificate, and the proxy that the shell names. */
export class Connections {
  private readonly direct: Dispatcher;
  private readonly proxies = new Map<string, Dispatcher>();
  private readonly connect: {
    ca?: string[];
    cert?: string;
    key?: string;
    rejectUnauthorized: boolean;
    timeout: number;
  };

  constructor(
    settings: TlsSettings,
    connectSeconds: number,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    const read = (file: string | undefined, what: string) =>
      file === undefined ? undefined : readPem(file, what, settings.source);
    this.connect = {
      ca: settings.caFile === undefined ? systemTrust(env) : [read(settings.caFile, 'CA file')!],
      cert: read(settings.certFile, 'client certificate'),
      key: read(settings.keyFile ?? settings.certFile, 'client key'),
      rejectUnauthorized: settings.verify,
      timeout: connectSeconds * 1000,
    };
    this.direct = new Agent({ connections: 8, connect: this.connect });
  }

  to(url: URL): Dispatcher {
    const proxy = proxyFor(url, this.env);
    if (proxy === undefined) return this.direct;
    const known = this.proxies.get(proxy) ?? new ProxyAgent({ uri: proxy, connections: 8, requestTls: this.connect });
    this.proxies.set(proxy, known);
    return known;
  }

  async close(): Promise<void> {
    await Promise.all([this.direct, ...this.proxies.values()].map((dispatcher) => dispatcher.close()));
  }
}

function readPem(file: string, what: string, source: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CloudError('badConfiguration', `${source}: ${what} ${file} can't be read (${code})`, {
      place: file,
      cause: error,
    });
  }
}

/**
 * Node trusts its own list only, unlike every other OpenStack client; a site's CA is usually installed in the system.
 * Undefined where there is nothing to add.
 */
function systemTrust(env: NodeJS.ProcessEnv): string[] | undefined {
  const bundles = [
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/ca-bundle.pem',
    '/etc/ssl/cert.pem',
  ];
  const files = [env.SSL_CERT_FILE, firstExisting(bundles), env.NODE_EXTRA_CA_CERTS];
  const present = [
    ...new Set(files.filter((file) => file !== undefined && firstExisting([file]) !== undefined)),
  ] as string[];
  return present.length === 0 ? undefined : [...rootCertificates, ...present.map((file) => readFileSync(file, 'utf8'))];
}

/** As other programs read them: `https_proxy`/`http_proxy`, and `no_proxy` with names, `.suffixes`, addresses, CIDRs, `*`. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): string | undefined {
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const proxy = env[`${scheme}_proxy`] || env[`${scheme.toUpperCase()}_PROXY`];
  if (!proxy || isLocal(url.hostname)) return undefined;
  const exceptions = (env.no_proxy || env.NO_PROXY || '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  return exceptions.some((entry) => isException(url, entry)) ? undefined : proxy;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isException(url: URL, entry: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const [name, port] = /^(.+):(\d+)$/.exec(entry)?.slice(1) ?? [entry];
  if (entry === '*') return true;
  if (isIP(host) > 0 && entry.includes('/')) return inRange(host, entry);
  if (port !== undefined && isIP(entry) === 0 && port !== (url.port || (url.protocol === 'https:' ? '443' : '80')))
    return false;
  const suffix = (isIP(entry) > 0 ? entry : name).replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function inRange(host: string, cidr: string): boolean {
  const [address, bits] = cidr.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) !== isIP(host) || !/^\d+$/.test(bits)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}
