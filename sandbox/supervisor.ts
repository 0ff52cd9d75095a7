import * as net from 'node:net';
import { SandboxError } from './errors';

/** How to see that a service is ready. `{pid}` in a file's path stands for the service's own. */
export type Ready =
  | { readonly tcp: readonly [host: string, port: number] }
  | { readonly unix: string }
  | { readonly file: string };

export interface ProgramSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServiceSpec extends ProgramSpec {
  /** @default - running is enough */
  readonly ready?: Ready;
}

export interface ProgramState {
  readonly name: string;
  /** PID inside the sandbox. */
  readonly pid: number;
  readonly running: boolean;
  /** Seconds since 1970. */
  readonly since: number;
  readonly ended: number | null;
  /** Exit status, if it ended by itself. */
  readonly code: number | null;
  /** Name of the signal that killed it. */
  readonly signal: string | null;
}

export type Started = ProgramState & { readonly already: boolean; readonly ready: boolean };

/** Speaks to the supervisor inside the sandbox whose PID 1 is, on the host, `pid`. */
export class Supervisor {
  constructor(private readonly pid: number) {}

  start(service: ServiceSpec): Promise<Started> {
    return this.request({ do: 'start', ...service });
  }

  run(task: ProgramSpec): Promise<ProgramState> {
    return this.request({ do: 'run', ...task });
  }

  stop(name: string, seconds = 10): Promise<{ stopped: boolean }> {
    return this.request({ do: 'stop', name, seconds });
  }

  async list(): Promise<readonly ProgramState[]> {
    return (await this.request<{ services: ProgramState[] }>({ do: 'list' })).services;
  }

  private request<T>(request: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ path: `/proc/${this.pid}/root/run/firesteel/control` });
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.on('error', (error) =>
        reject(new SandboxError(`The sandbox's supervisor does not answer: ${error.message}`)),
      );
      socket.on('close', () => {
        const parsed = answer === '' ? { error: 'it ended in the middle of a request' } : JSON.parse(answer);
        if (parsed.error) reject(new SandboxError(`The sandbox's supervisor: ${parsed.error}`));
        else resolve(parsed);
      });
      socket.write(`${JSON.stringify(request)}\n`);
    });
  }
}
