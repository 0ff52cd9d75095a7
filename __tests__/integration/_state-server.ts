/**
 * A server for Terraform's http backend. It is one of our own because the real ones are parts of large products (GitLab,
 * Terrateam); what it does is all that Terraform's documentation asks of such a server, over real HTTP.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  state?: string;
  /** What Terraform says of who holds it. */
  lock?: string;
}

export class StateServer {
  readonly user = 'terraform';
  readonly password = randomBytes(18).toString('base64url');
  readonly #kept = new Map<string, Kept>();
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<StateServer> {
    const server = new StateServer();
    await new Promise<void>((listening) => {
      server.#server.listen(0, '127.0.0.1', listening);
    });
    return server;
  }

  private constructor() {}

  /** Of the states, without a slash at its end. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether somebody holds the state at a path such as `/dev`. */
  isLocked(path: string): boolean {
    return this.#kept.get(path)?.lock !== undefined;
  }

  /** Paths at which there is a state. */
  get paths(): string[] {
    return [...this.#kept].filter(([, { state }]) => state !== undefined).map(([path]) => path);
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((closed) => {
      this.#server.close(() => closed());
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const login = Buffer.from(`${this.user}:${this.password}`).toString('base64');
    if (request.headers.authorization !== `Basic ${login}`) return end(response, 401);
    const url = new URL(request.url ?? '/', this.address);
    const kept = this.#kept.get(url.pathname) ?? {};
    this.#kept.set(url.pathname, kept);
    const [status, text] = answerTo(request.method ?? 'GET', kept, body, url.searchParams.get('ID'));
    end(response, status, text);
  }
}

function answerTo(method: string, kept: Kept, body: string, lockId: string | null): [status: number, body?: string] {
  if (method === 'GET') return kept.state === undefined ? [404] : [200, kept.state];
  if (method === 'LOCK') {
    if (kept.lock !== undefined) return [423, kept.lock];
    kept.lock = body;
    return [200];
  }
  if (kept.lock !== undefined && idOf(kept.lock) !== (method === 'UNLOCK' ? idOf(body) : lockId))
    return [409, kept.lock];
  if (method === 'UNLOCK') delete kept.lock;
  else if (method === 'POST') kept.state = body;
  else if (method === 'DELETE') delete kept.state;
  else return [405];
  return [200];
}

function idOf(lock: string): unknown {
  return (JSON.parse(lock) as { ID?: unknown }).ID;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function end(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
