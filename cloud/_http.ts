import { fetch, type Response } from 'undici';
import { connectionProblem } from './_connection-problem';
import { Connections } from './_dispatcher';
import { type Attempt, type RetryEvent, type RetryPolicy, retryAfterSeconds, retrying } from './_retry';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError } from './cloud-error';

export interface HttpOptions extends RetryPolicy {
  /** Until an answer is complete, each attempt. */
  readonly requestSeconds: number;
  readonly connectSeconds: number;
  readonly onRetry?: (event: RetryEvent) => void;
  readonly signal?: AbortSignal;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** May be repeated after it might have been done already. */
  readonly repeatable: boolean;
  /** @default - as in HttpOptions */
  readonly retries?: number;
  /** @default - as in HttpOptions */
  readonly requestSeconds?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly text: string;
}

/** Requests with limits and repetition; statuses are for the caller to judge, what never got an answer is thrown. */
export class Http {
  private readonly connections: Connections;

  constructor(
    private readonly credentials: CloudCredentials,
    private readonly options: HttpOptions,
  ) {
    this.connections = new Connections(credentials, options.connectSeconds);
  }

  /** @throws {CloudError} unreachable, tls, aborted */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { signal, onRetry } = this.options;
    const policy = { ...this.options, retries: request.retries ?? this.options.retries };
    const report = (event: Omit<RetryEvent, 'host'>) => onRetry?.({ ...event, host: hostOf(request.url) });
    try {
      return await retrying(policy, () => this.attempt(request), report, signal);
    } catch (error) {
      if (signal?.aborted) throw new CloudError('aborted', 'interrupted', { cause: error });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connections.close();
  }

  private async attempt(request: HttpRequest): Promise<Attempt<HttpAnswer>> {
    let answer: HttpAnswer;
    try {
      answer = await this.exchange(request);
    } catch (cause) {
      if (this.options.signal?.aborted) throw cause;
      return this.failed(request, cause);
    }
    if (!isPassing(answer.status, request.repeatable)) return { done: true, value: answer };
    return {
      done: false,
      reason: `status ${answer.status}`,
      afterSeconds: retryAfterSeconds(answer.headers.get('retry-after')),
      giveUp: () => answer,
    };
  }

  private failed(request: HttpRequest, cause: unknown): Attempt<HttpAnswer> {
    const problem = connectionProblem(cause, { ...this.options, requestSeconds: this.secondsOf(request) });
    const error = new CloudError(
      problem.kind,
      `${problem.describe(hostOf(request.url))} ${this.advice(problem.kind)}`,
      {
        host: hostOf(request.url),
        cause,
      },
    );
    if (!problem.passing || !(request.repeatable || problem.neverSent)) throw error;
    return {
      done: false,
      reason: problem.reason,
      giveUp: () => {
        throw error;
      },
    };
  }

  private advice(kind: 'unreachable' | 'tls'): string {
    const where = `(${this.credentials.source})`;
    return kind === 'tls'
      ? `If the cloud has a CA of its own, name its file as "cacert" or OS_CACERT ${where}; "verify: false" turns the check off.`
      : `Is the address right, and is this machine allowed to reach it (VPN, proxy, firewall)? ${where}`;
  }

  private secondsOf(request: HttpRequest): number {
    return request.requestSeconds ?? this.options.requestSeconds;
  }

  private async exchange(request: HttpRequest): Promise<HttpAnswer> {
    const { url, method, headers, body } = request;
    const { signal } = this.options;
    const limit = AbortSignal.timeout(this.secondsOf(request) * 1000);
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      dispatcher: this.connections.to(url),
      // A redirect would take the token along to wherever it points.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** Worth another attempt: busy (nothing was done), or broken in a way that passes. */
function isPassing(status: number, repeatable: boolean): boolean {
  return status === 429 || status === 503 || (repeatable && [500, 502, 504].includes(status));
}

/** `host:port`, the port also where the URL leaves it to the scheme. */
export function hostOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}
