import { Agent, fetch, ProxyAgent, type Response } from 'undici';

/** Thrown when nobody answered, or not with 200. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}

export interface HttpOptions {
  readonly method?: 'GET' | 'HEAD';
  /** Where HTTPS_PROXY and NO_PROXY are looked up. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** For the answer to begin. @default 10 */
  readonly withinSeconds?: number;
}

/** One request, through the proxy of HTTPS_PROXY if there is one; redirects are followed. @throws {HttpFailure} */
export async function request(url: string, options: HttpOptions = {}): Promise<Response> {
  const { method = 'GET', env = process.env, signal, withinSeconds = 10 } = options;
  const proxy = proxyFor(new URL(url), env);
  // Without pipelining nothing stays open after the answer, to keep the process alive.
  const dispatcher = proxy === undefined ? new Agent({ pipelining: 0 }) : new ProxyAgent({ uri: proxy, pipelining: 0 });
  // undici's own limits don't end its trying again with a proxy that hangs up; this one is for the answer to begin.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${withinSeconds} s`)), withinSeconds * 1000);
  try {
    const response = await fetch(url, { method, dispatcher, signal: anyOf(limit.signal, signal) });
    if (response.ok) return response;
    throw new HttpFailure(`${url} answered ${response.status} ${response.statusText}`);
  } catch (error) {
    void dispatcher.destroy();
    signal?.throwIfAborted();
    if (error instanceof HttpFailure) throw error;
    throw new HttpFailure(`${url}: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

function anyOf(limit: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([limit, signal]) : limit;
}

/** The proxy that the usual variables name for a host. @returns undefined where there is none */
export function proxyFor({ protocol, hostname }: URL, env: NodeJS.ProcessEnv): string | undefined {
  const lookup = (name: string) => env[name.toLowerCase()] || env[name];
  const proxy = (protocol === 'https:' ? lookup('HTTPS_PROXY') : lookup('HTTP_PROXY')) || lookup('ALL_PROXY');
  const direct = (lookup('NO_PROXY') ?? '').split(/[\s,]+/).filter((part) => part !== '');
  const matches = (part: string) =>
    part === '*' || hostname === part.replace(/^\./, '') || hostname.endsWith(`.${part.replace(/^\./, '')}`);
  return proxy && !direct.some(matches) ? proxy : undefined;
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
