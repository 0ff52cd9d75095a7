import { portsOf } from './ports';
import type { Port, Role } from './role';
import type { Settings } from './settings';

const HIGHEST_PORT = 65535;

/** What a security group rule lets through: a protocol, and for TCP and UDP a port or a range of them. */
export class Traffic {
  /** @param to last port of a range. @default - only `from` */
  static tcp(from: number, to: number = from): Traffic {
    return Traffic.ports('tcp', from, to);
  }

  /** @param to last port of a range. @default - only `from` */
  static udp(from: number, to: number = from): Traffic {
    return Traffic.ports('udp', from, to);
  }

  /** A protocol as a whole: `icmp`, `vrrp`, … by the name or the number that Neutron knows. */
  static protocol(protocol: string): Traffic {
    return new Traffic(protocol, protocol);
  }

  /** What a role's port takes. */
  static of(port: Port): Traffic {
    if (port.port === undefined) return Traffic.protocol(port.protocol);
    const [from, to] = typeof port.port === 'number' ? [port.port, port.port] : port.port;
    return Traffic.ports(port.protocol ?? 'tcp', from, to);
  }

  /**
   * Every port of the roles, each once.
   * @param settings of the plan. @default - only what roles expose whatever a plan says
   */
  static exposedBy(roles: readonly Role[], settings?: Settings): readonly Traffic[] {
    return Traffic.union(roles.flatMap((role) => portsOf(role, settings).map(Traffic.of)));
  }

  /** The same traffic in as few ranges of ports as can be: those that overlap or touch are one. */
  static union(all: readonly Traffic[]): readonly Traffic[] {
    const merged: Traffic[] = [];
    for (const next of [...all].sort(byProtocolAndPort)) {
      const joined = merged.at(-1)?.joined(next);
      if (joined) merged.pop();
      merged.push(joined ?? next);
    }
    return merged;
  }

  private static ports(protocol: string, from: number, to: number): Traffic {
    for (const port of [from, to]) {
      if (!Number.isInteger(port) || port < 1 || port > HIGHEST_PORT) {
        throw new Error(`${port} is no port: give a whole number from 1 to ${HIGHEST_PORT}`);
      }
    }
    if (from > to) throw new Error(`ports ${from}-${to} run backwards: give the lower one first`);
    // Neutron keeps a range over all ports as "no ports", which every later plan would want to replace.
    if (from === 1 && to === HIGHEST_PORT) return Traffic.protocol(protocol);
    return new Traffic(`${protocol}-${from === to ? from : `${from}-${to}`}`, protocol, [from, to]);
  }

  private constructor(
    /** e.g. `tcp-7077`, `tcp-7300-7331`, `vrrp`: stands for the traffic in construct ids. */
    readonly id: string,
    readonly protocol: string,
    /** First and last port; absent: every port. */
    readonly portRange?: readonly [from: number, to: number],
  ) {}

  /** Whether it lets through all that `other` does. */
  covers(other: Traffic): boolean {
    if (this.protocol !== other.protocol) return false;
    const [from, to] = this.range;
    return from <= other.range[0] && other.range[1] <= to;
  }

  /** First and last port. */
  get range(): readonly [from: number, to: number] {
    return this.portRange ?? [1, HIGHEST_PORT];
  }

  /** Both as one, where this begins first; undefined where there is something between them. */
  private joined(next: Traffic): Traffic | undefined {
    if (this.covers(next)) return this;
    const [from, to] = this.range;
    if (this.protocol !== next.protocol || next.range[0] > to + 1) return undefined;
    return Traffic.ports(this.protocol, from, next.range[1]);
  }

  /** e.g. `tcp 7300-7331`. */
  toString(): string {
    return this.id.replace('-', ' ');
  }
}

function byProtocolAndPort(a: Traffic, b: Traffic): number {
  return a.protocol.localeCompare(b.protocol) || a.range[0] - b.range[0];
}
