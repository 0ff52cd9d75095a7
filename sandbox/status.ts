import { Box } from './box';
import { identityUrl, PORTS } from './config/context';
import type { Extra } from './extras';
import { Footprint } from './footprint';
import { type SandboxInfo, sandboxInfo } from './info';
import { readRunning } from './running';
import { type SandboxSettings, sandboxSettings } from './settings';
import type { ProgramState } from './supervisor';

const PROBE_MS = 5000;

export interface SandboxStatus {
  /** `up`: all is well; `degraded`: it runs, and something listed here does not. */
  readonly state: 'up' | 'degraded' | 'down';
  readonly services: readonly ServiceStatus[];
  readonly endpoints: readonly EndpointStatus[];
  /** What is missing of the sandbox's network on the host, in words. */
  readonly hostNetwork: readonly string[];
  /** @default - absent when it is down */
  readonly info?: SandboxInfo;
}

export interface ServiceStatus {
  readonly name: string;
  readonly running: boolean;
  /** How long it has run, or how long ago it ended. */
  readonly seconds: number;
  /** How it ended, in words. @default - absent while it runs */
  readonly problem?: string;
}

export interface EndpointStatus {
  readonly name: string;
  readonly url: string;
  readonly ok: boolean;
  /** @default - absent when it answers */
  readonly problem?: string;
}

/** What of the sandbox runs. Fast, and changes nothing. */
export async function status(settings: SandboxSettings = sandboxSettings()): Promise<SandboxStatus> {
  const box = Box.find(settings);
  if (!box) return { state: 'down', services: [], endpoints: [], hostNetwork: [] };
  const running = readRunning(settings);
  const [programs, endpoints, hostNetwork] = await Promise.all([
    box.supervisor.list(),
    probeEndpoints(settings, running.extras),
    new Footprint(settings).missing(),
  ]);
  const services = programs.map(serviceStatus).sort((a, b) => a.name.localeCompare(b.name));
  const well = services.every((one) => one.running) && endpoints.every((one) => one.ok) && hostNetwork.length === 0;
  const info = sandboxInfo(settings, running);
  return { state: well ? 'up' : 'degraded', services, endpoints, hostNetwork, info };
}

function serviceStatus(program: ProgramState): ServiceStatus {
  const since = program.ended ?? program.since;
  const common = { name: program.name, running: program.running, seconds: Math.round(Date.now() / 1000 - since) };
  return program.running ? common : { ...common, problem: describeEnd(program) };
}

/** How a program ended, in words. */
export function describeEnd(program: Pick<ProgramState, 'code' | 'signal'>): string {
  return program.signal ? `was killed (${program.signal})` : `ended with exit status ${program.code}`;
}

function probeEndpoints(settings: SandboxSettings, extras: readonly Extra[] = []): Promise<EndpointStatus[]> {
  const at = (port: number) => `http://${settings.net.api}:${port}/`;
  const urls = {
    identity: identityUrl(settings),
    image: at(PORTS.image),
    placement: at(PORTS.placement),
    compute: at(PORTS.compute),
    network: at(PORTS.network),
    ...(extras.includes('dns') && { dns: at(PORTS.dns) }),
  };
  return Promise.all(Object.entries(urls).map(([name, url]) => probe(name, url)));
}

async function probe(name: string, url: string): Promise<EndpointStatus> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await response.arrayBuffer();
    return response.status < 400
      ? { name, url, ok: true }
      : { name, url, ok: false, problem: `answers ${response.status}` };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return { name, url, ok: false, problem: cause?.message ?? message };
  }
}
