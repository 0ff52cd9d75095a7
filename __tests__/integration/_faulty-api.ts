/** The sandbox's APIs as a bad day makes them: a proxy that lets requests through, and some of them not, or not whole. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as open, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';
import { PORTS } from '../../sandbox/config/context';
import { type SandboxSettings, sandboxSettings } from '../../sandbox/settings';

const SERVICES = ['identity', 'compute', 'network', 'image'] as const;

export type FaultyService = (typeof SERVICES)[number];

/** What is done instead of letting a request through. */
export type Fault =
  /** 409, not carried out. */
  | 'conflict'
  /** 429 with `Retry-After: 1`, not carried out. */
  | 'busy'
  /** 429 with a date a second or two ahead as `Retry-After`, not carried out. */
  | 'busyUntil'
  /** 500, not carried out. */
  | 'error'
  /** 503, not carried out. */
  | 'unavailable'
  /** The connection is cut before the request is carried out. */
  | 'cut'
  /** The request is carried out, and the connection cut before a byte of the answer. */
  | 'lost'
  /** The request is carried out, and the connection cut in the middle of the answer. */
  | 'half'
  /** The request is carried out, and answered with 504 by something in between. */
  | 'timeout';

export interface FaultyRequest {
  readonly service: FaultyService;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** Says what becomes of a request; undefined lets it through. */
export type Faults = (request: FaultyRequest) => Fault | undefined;

export interface ScriptedFault {
  readonly fault: Fault;
  readonly service?: FaultyService;
  readonly method: string;
  readonly path: RegExp;
  /** Which of the requests that fit, from 1. @default 1 */
  readonly nth?: number;
}

/** These faults and no others. */
export function scripted(...script: readonly ScriptedFault[]): Faults {
  const seen = script.map(() => 0);
  return ({ service, method, path }) => {
    let fault: Fault | undefined;
    for (const [index, line] of script.entries()) {
      if (line.method !== method || !line.path.test(path) || (line.service ?? service) !== service) continue;
      seen[index]!++;
      if (seen[index] === (line.nth ?? 1)) fault ??= line.fault;
    }
    return fault;
  };
}

/** The first that has a fault for a request decides; the others do not see it. */
export function firstOf(...all: readonly Faults[]): Faults {
  return (request) => {
    for (const faults of all) {
      const fault = faults(request);
      if (fault) return fault;
    }
    return undefined;
  };
}

export interface StormOptions {
  readonly seed: number;
  /** Of all requests, 0 to 1. */
  readonly share: number;
  /** Faults in all; then everything goes through. */
  readonly most: number;
}

const FOR_READING: readonly Fault[] = ['busy', 'busyUntil', 'error', 'unavailable', 'cut', 'half', 'timeout'];
const FOR_CHANGES: readonly Fault[] = [...FOR_READING, 'conflict', 'lost', 'lost', 'half'];

/**
 * Faults at random, the same for the same seed: what becomes of a request follows from the seed, what is asked and how
 * often it was asked before, so that it does not matter which of several requests at a time comes first.
 */
export function storm({ seed, share, most }: StormOptions): Faults {
  const seen = new Map<string, number>();
  let left = most;
  return ({ service, method, path }) => {
    const what = `${service} ${method} ${path.replace(/[0-9a-f]{8}-?[0-9a-f-]{23,}/g, '*')}`;
    const count = (seen.get(what) ?? 0) + 1;
    seen.set(what, count);
    const digest = createHash('sha256').update(`${seed} ${what} ${count}`).digest();
    if (left === 0 || digest.readUInt32BE(0) / 2 ** 32 >= share) return undefined;
    left--;
    const faults = method === 'GET' ? FOR_READING : FOR_CHANGES;
    return faults[digest.readUInt32BE(4) % faults.length];
  };
}

/** A proxy before every API of the sandbox; catalogs and links that pass through lead to it again. */
export class FaultyApi {
  /** What it did, a line each, e.g. `lost POST /v2.1/servers (compute)`. */
  readonly done: string[] = [];
  /** Requests that came, those let through too. */
  requests = 0;
  readonly #servers = new Map<FaultyService, Server>();
  #faults: Faults = () => undefined;

  static async start(settings: SandboxSettings = sandboxSettings()): Promise<FaultyApi> {
    const api = new FaultyApi(settings);
    for (const service of SERVICES) {
      const server = createServer((request, response) => void api.#serve(service, request, response));
      await new Promise<void>((listening) => {
        server.listen(0, '127.0.0.1', listening);
      });
      api.#servers.set(service, server);
    }
    return api;
  }

  private constructor(private readonly settings: SandboxSettings) {}

  /** Begins with these faults, instead of those before. */
  use(faults: Faults): void {
    this.#faults = faults;
  }

  /** Text of a clouds.yaml whose cloud `sandbox` is behind this proxy. */
  cloudsYaml(): string {
    const file = parse(readFileSync(this.settings.clouds, 'utf8')) as { clouds: Record<string, CloudEntry> };
    const { sandbox } = file.clouds;
    const auth = { ...sandbox!.auth, auth_url: `${this.#origin('identity')}/v3` };
    return stringify({ clouds: { sandbox: { ...sandbox, auth } } });
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }

  #origin(service: FaultyService): string {
    return `http://127.0.0.1:${(this.#servers.get(service)!.address() as AddressInfo).port}`;
  }

  #realOrigin(service: FaultyService): string {
    return `http://${this.settings.net.api}:${PORTS[service]}`;
  }

  async #serve(service: FaultyService, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await read(request);
      const method = request.method ?? 'GET';
      const path = new URL(request.url ?? '/', 'http://proxy').pathname;
      this.requests++;
      const fault = this.#faults({ service, method, path });
      if (fault) this.done.push(`${fault} ${method} ${path} (${service})`);
      await this.#answer(fault, service, request, body, response);
    } catch {
      response.destroy(); // the client is gone, or the cloud
    }
  }

  async #answer(
    fault: Fault | undefined,
    service: FaultyService,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    if (fault === 'cut') return void response.destroy();
    const refusal = fault && REFUSALS[fault];
    if (refusal) return refuse(response, refusal());
    const answer = await this.#forward(service, request, body);
    if (fault === 'lost') return void response.destroy();
    if (fault === 'timeout') return refuse(response, { status: 504, message: 'the faulty proxy waited in vain' });
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    if (fault !== 'half') return void response.end(answer.body);
    const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
    response.write(half, () => response.destroy());
  }

  /** Asks the cloud itself, and makes what it says lead here. */
  #forward(service: FaultyService, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = request.headers;
    const options = {
      method: request.method,
      headers: { ...headers, 'accept-encoding': 'identity', ...(body.length > 0 && { 'content-length': body.length }) },
    };
    return new Promise((resolve, reject) => {
      const asked = open(`${this.#realOrigin(service)}${request.url}`, options, (answer) => {
        read(answer).then((bytes) => resolve(this.#throughHere(answer, bytes)), reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  #throughHere({ statusCode = 502, headers }: IncomingMessage, bytes: Buffer): Answer {
    const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...kept } = headers;
    const replace = (text: string) =>
      SERVICES.reduce((all, service) => all.replaceAll(this.#realOrigin(service), this.#origin(service)), text);
    const location = kept.location === undefined ? {} : { location: replace(kept.location) };
    const isText = /json|text/.test(headers['content-type'] ?? '');
    const body = isText ? Buffer.from(replace(bytes.toString())) : bytes;
    return { status: statusCode, headers: { ...kept, ...location }, body };
  }
}

interface CloudEntry {
  readonly auth: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly retryAfter?: string;
}

const REFUSALS: Readonly<Partial<Record<Fault, () => Refusal>>> = {
  conflict: () => ({ status: 409, message: 'the faulty proxy says conflict' }),
  busy: () => ({ status: 429, message: 'the faulty proxy says slower', retryAfter: '1' }),
  busyUntil: () => ({
    status: 429,
    message: 'the faulty proxy says later',
    retryAfter: new Date(Date.now() + 2000).toUTCString(),
  }),
  error: () => ({ status: 500, message: 'the faulty proxy says error' }),
  unavailable: () => ({ status: 503, message: 'the faulty proxy says unavailable' }),
};

function refuse(response: ServerResponse, { status, message, retryAfter }: Refusal): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  };
  response.writeHead(status, headers);
  response.end(JSON.stringify({ error: { code: status, message } }));
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
