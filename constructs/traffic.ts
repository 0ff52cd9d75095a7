import type { Port, Role } from '../roles/role';

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
    const [from, to] = typeof port.port === 'number' ? [port.port, port.port] : port.port;
    return Traffic.ports(port.protocol ?? 'tcp', from, to);
  }

  /** Every port of the roles, each once. */
  static exposedBy(roles: readonly Role[]): readonly Traffic[] {
    const all = roles.flatMap((role) => role.exposes.map(Traffic.of));
    return [...new Map(all.map((traffic) => [traffic.id, traffic])).values()];
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

  /** e.g. `tcp 7300-7331`. */
  toString(): string {
    return this.id.replace('-', ' ');
  }
}
