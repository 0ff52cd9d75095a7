import { lookup } from 'node:dns/promises';
import {
  Agent,
  type ClientRequestArgs,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { MIRROR_PORTS } from '../roles/ports';
import { connectionReason, proxyFor } from './_http';
import { isOffLimits } from './off-limits';

export interface MirrorsProxyOptions {
  /** @default - a TCP connection, to an address that a package mirror may have */
  readonly connect?: (host: string, port: number) => Promise<Socket>;
  /** Says by which proxy this machine itself reaches others. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** For one connection to a mirror to be made. */
const CONNECT_MS = 20_000;
/** Without a byte, the other side counts as gone. */
const IDLE_MS = 120_000;
const READS = ['GET', 'HEAD'];
/** What is said between two neighbours, and not to the far end. */
const BETWEEN_NEIGHBOURS = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/**
 * A proxy inside this process for a node that reaches no package mirror itself. It reads from the hosts that it was told,
 * on ports 80 and 443, and leads nowhere else; never to this machine itself or to its own link.
 */
export class MirrorsProxy {
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #streams = new Set<Duplex>();
  readonly #connect: (host: string, port: number) => Promise<Socket>;

  /** @param hosts names and addresses, in lower case */
  constructor(
    private readonly hosts: ReadonlySet<string>,
    private readonly options: MirrorsProxyOptions = {},
  ) {
    this.#connect = options.connect ?? connectOutside;
    this.#agent = new MirrorsAgent(this.#connect);
    this.#server = createServer((request, response) => this.#read(request, response));
    this.#server.on('connect', (request: IncomingMessage, stream: Duplex, head: Buffer) =>
      this.#tunnel(request, stream, head),
    );
    this.#server.on('clientError', (_error: Error, stream: Duplex) => stream.destroy());
  }

  /** Serves one connection of the node's. */
  serve(stream: Duplex): void {
    this.#keep(stream);
    this.#server.emit('connection', stream);
  }

  /** Ends all that is open. */
  close(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#agent.destroy();
  }

  #read(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const url = tryUrl(request.url);
    if (url?.protocol !== 'http:') refuse(response, 400, 'this is a proxy: give a whole http address');
    else if (!READS.includes(request.method ?? '')) refuse(response, 405, `it reads only: ${READS.join(' and ')}`);
    else {
      const why = this.#refusal(url.hostname, Number(url.port || 80));
      if (why) refuse(response, 403, why);
      else this.#pass(url, request, response);
    }
  }

  #pass(url: URL, { method, headers }: IncomingMessage, response: ServerResponse): void {
    const outgoing = httpRequest({
      ...this.#way(url),
      method,
      headers: { ...toFarEnd(headers), host: url.host, ...this.#login(url) },
      timeout: IDLE_MS,
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)));
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, toFarEnd(incoming.headers));
      pipeline(incoming, response, () => undefined);
    });
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `${url.host}: ${connectionReason(error)}`);
    });
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    outgoing.end();
  }

  #tunnel(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(request.url ?? '') ?? [];
    const url = tryUrl(`https://${host}:${port}`);
    const why = url ? this.#refusal(url.hostname, Number(port)) : 'this is no address';
    if (!url || why) {
      stream.end(answer(403, 'Forbidden', why ?? ''));
      return;
    }
    this.#through(url, Number(port)).then(
      (socket) => {
        this.#keep(socket);
        socket.on('error', () => stream.destroy()).on('close', () => stream.destroy());
        stream.on('close', () => socket.destroy());
        socket.setTimeout(IDLE_MS, () => socket.destroy());
        stream.write(answer(200, 'Connection established'));
        socket.write(head);
        socket.pipe(stream).pipe(socket);
      },
      (error: Error) => void stream.end(answer(502, 'Bad Gateway', `${host}: ${connectionReason(error)}`)),
    );
  }

  /** Why it leads not there; undefined where it does. */
  #refusal(host: string, port: number): string | undefined {
    if (!MIRROR_PORTS.some((each) => each === port)) return `port ${port} is none of ${MIRROR_PORTS.join(' and ')}`;
    if (this.hosts.has(host.toLowerCase())) return undefined;
    return `${host} is no package mirror of this node: neither its sources of packages nor its pip nor the plan name it`;
  }

  /** Where this machine has a proxy of its own, that is asked for the whole address. */
  #way(url: URL): RequestOptions {
    const via = this.#proxy(url);
    if (via) return { host: via.hostname, port: via.port || 80, path: url.href };
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return { agent: this.#agent, host, port: url.port || 80, path: `${url.pathname}${url.search}` };
  }

  #through(url: URL, port: number): Promise<Socket> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const via = this.#proxy(url);
    if (!via) return this.#connect(host, port);
    return new Promise((resolve, reject) => {
      const path = `${url.hostname}:${port}`;
      const way = { host: via.hostname, port: via.port || 80, path, headers: { host: path, ...this.#login(url) } };
      const asking = httpRequest({ ...way, method: 'CONNECT', timeout: CONNECT_MS });
      asking.on('timeout', () => asking.destroy(new Error('the proxy of this machine does not answer')));
      asking.on('error', reject);
      asking.on('connect', ({ statusCode }, socket) => {
        if (statusCode === 200) return resolve(socket as Socket);
        socket.destroy();
        reject(new Error(`the proxy of this machine refuses it with status ${statusCode}`));
      });
      asking.end();
    });
  }

  #proxy(url: URL): URL | undefined {
    const proxy = proxyFor(url, this.options.env ?? process.env);
    return proxy === undefined ? undefined : tryUrl(proxy);
  }

  #login(url: URL): Record<string, string> {
    const via = this.#proxy(url);
    if (!via || (via.username === '' && via.password === '')) return {};
    const login = decodeURIComponent(`${via.username}:${via.password}`);
    return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
  }

  #keep(stream: Duplex): void {
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
  }
}

/** Keeps connections to mirrors, which are asked for many small files one after the other. */
class MirrorsAgent extends Agent {
  constructor(private readonly open: (host: string, port: number) => Promise<Socket>) {
    super({ keepAlive: true });
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    made?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.open(host ?? '', Number(port)).then(
      (socket) => made?.(null, socket),
      (error: Error) => made?.(error, undefined as never),
    );
  }
}

/** To the address that was looked at, so that a name can't mean another one a moment later. */
async function connectOutside(host: string, port: number): Promise<Socket> {
  const addresses = (await lookup(host, { all: true })).map(({ address }) => address);
  const open = addresses.filter((address) => !isOffLimits(address));
  if (open.length === 0) throw new Error(`${addresses.join(', ')} is this machine or its own link, where no mirror is`);
  const failures: Error[] = [];
  for (const address of open) {
    try {
      return await connectTo(address, port);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  throw failures[0]!;
}

function connectTo(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`${address} does not answer`)), CONNECT_MS);
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function tryUrl(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

function toFarEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !BETWEEN_NEIGHBOURS.has(name)));
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`firesteel: ${text}\n`);
}

function answer(status: number, words: string, text?: string): string {
  if (text === undefined) return `HTTP/1.1 ${status} ${words}\r\n\r\n`;
  const body = `firesteel: ${text}\n`;
  return `HTTP/1.1 ${status} ${words}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
