import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, fetch, ProxyAgent, type Response } from 'undici';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Seconds without a byte after which a server counts as gone. */
const STALL_SECONDS = 60;

/**
 * Gets a file of the internet: through the proxy that the shell names, trusting what this machine trusts. Name and
 * password in the address travel in a header.
 * @throws {Error} in words, without the address, when there is no answer
 */
export async function httpGet(address: string, { headers = {}, signal }: GetOptions = {}): Promise<Response> {
  const url = new URL(address);
  const login = decodeURIComponent(`${url.username}:${url.password}`);
  const authorization: Record<string, string> =
    login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  url.username = '';
  url.password = '';
  try {
    return await fetch(url, { headers: { ...headers, ...authorization }, signal, dispatcher: dispatcherFor(url) });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new Error(connectionReason(error), { cause: error });
  }
}

/** The address as it may be shown: without a password. */
export function shownUrl(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}

/** The innermost reason: `fetch failed` and `terminated` hide it. */
export function connectionReason(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof Error) return connectionReason(cause);
  return message || code || String(error);
}

const dispatchers = new Map<string, Dispatcher>();

function dispatcherFor(url: URL): Dispatcher {
  const proxy = proxyFor(url, process.env) ?? '';
  const known = dispatchers.get(proxy);
  if (known) return known;
  const connect = { ca: systemTrust(process.env), timeout: 20_000 };
  const limits = { headersTimeout: STALL_SECONDS * 1000, bodyTimeout: STALL_SECONDS * 1000 };
  const made = proxy
    ? new ProxyAgent({ ...limits, uri: proxy, requestTls: connect })
    : new Agent({ ...limits, connect });
  dispatchers.set(proxy, made);
  return made;
}

/** As other programs read them: `https_proxy`, `http_proxy`, and `no_proxy` with names and suffixes. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): string | undefined {
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const proxy = env[name] || env[name.toUpperCase()];
  if (!proxy || url.hostname === 'localhost' || url.hostname.startsWith('127.')) return undefined;
  const exceptions = (env.no_proxy || env.NO_PROXY || '').split(',').map((entry) => entry.trim().replace(/^\*?\./, ''));
  const direct = exceptions.some((entry) => entry && (entry === '*' || `.${url.hostname}`.endsWith(`.${entry}`)));
  return direct ? undefined : proxy;
}

/** Node knows its own list only; a site's CA is usually installed in the system. */
function systemTrust(env: NodeJS.ProcessEnv): string[] | undefined {
  const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];
  const files = [env.PIP_CERT, env.SSL_CERT_FILE, env.NODE_EXTRA_CA_CERTS, bundles.find((file) => existsSync(file))];
  const present = [...new Set(files)].filter((file) => file !== undefined && existsSync(file)) as string[];
  return present.length === 0 ? undefined : [...rootCertificates, ...present.map((file) => readFileSync(file, 'utf8'))];
}
