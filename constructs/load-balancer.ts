import { LbListenerV2 } from '@cdktf/provider-openstack/lib/lb-listener-v2';
import { LbLoadbalancerV2 } from '@cdktf/provider-openstack/lib/lb-loadbalancer-v2';
import { LbMemberV2 } from '@cdktf/provider-openstack/lib/lb-member-v2';
import { LbMonitorV2 } from '@cdktf/provider-openstack/lib/lb-monitor-v2';
import { LbPoolV2 } from '@cdktf/provider-openstack/lib/lb-pool-v2';
import { dependable, Fn, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { FloatingIpPlan } from '../plan/cluster-plan';
import { FloatingIp, type IFloatingIp } from './floating-ip';
import type { INetwork } from './network';

export interface LoadBalancerProps {
  /** Of all that Octavia makes for it. */
  readonly name: string;
  readonly network: INetwork;
  /** Where it listens. */
  readonly port: number;
  /** @default 'http' */
  readonly protocol?: 'http' | 'tcp';
  /** @default 'roundrobin' */
  readonly balance?: 'roundrobin' | 'leastconn';
  /** What a member is asked for its health: a path, or `tcp` for a connection. @default - `/`, or `tcp` */
  readonly check?: string;
  /** Address ranges (CIDR) that may connect besides the subnet's own. @default [] */
  readonly from?: readonly string[];
  readonly members: readonly LoadBalancerMember[];
  /** Fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** @default 'none' */
  readonly floatingIp?: FloatingIpPlan;
}

/** Where requests are handed on to. */
export interface LoadBalancerMember {
  /** e.g. `web-2`: it stands for the member in construct ids, so that others may come and go beside it. */
  readonly name: string;
  /** Fixed IPv4 address, on the load balancer's own network. */
  readonly address: string;
  readonly port: number;
  /** Made before it is a member, and gone only when it is none any more. */
  readonly server: ITerraformDependable;
}

const EVERYBODY = '0.0.0.0/0';

/**
 * A load balancer that the cloud has and looks after (Octavia). It connects to its members from addresses of its own on their
 * subnet, as Octavia's amphorae do: they have to let in that range.
 */
export class LoadBalancer extends Construct {
  /** Whether the address is the one that it was told to have, not one of the subnet's choice. */
  readonly hasChosenAddress: boolean;
  /** Fixed IPv4 address. */
  readonly address: string;
  readonly floatingIp?: IFloatingIp;
  private readonly balancer: LbLoadbalancerV2;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    const { name, network, address } = props;
    this.hasChosenAddress = address !== undefined;
    this.balancer = new LbLoadbalancerV2(this, 'Resource', {
      name,
      vipSubnetId: network.subnetId,
      ...(address !== undefined && { vipAddress: address }),
      ...(network.ready.length > 0 && { dependsOn: [...network.ready] }),
    });
    this.address = this.balancer.vipAddress;
    this.addMembers(props, this.addPool(props));
    this.floatingIp = this.addFloatingIp(props);
  }

  /** What has the address once it is there. */
  get addressHolder(): ITerraformDependable {
    return this.balancer;
  }

  /** Lets the subnet choose its address only when others have theirs. */
  takeAddressAfter(holders: readonly ITerraformDependable[]): void {
    if (holders.length === 0) return;
    this.balancer.dependsOn = [...(this.balancer.dependsOn ?? []), ...holders.map(dependable)];
  }

  private addPool({ name, port, protocol = 'http', balance, check, from = [], network }: LoadBalancerProps): LbPoolV2 {
    const listener = new LbListenerV2(this, 'listener', {
      name,
      loadbalancerId: this.balancer.id,
      protocol: protocol.toUpperCase(),
      protocolPort: port,
      ...(protocol === 'http' && { insertHeaders: FORWARDED }),
      // Octavia lists them in this order, whatever they were given in.
      ...(!from.includes(EVERYBODY) && { allowedCidrs: Fn.sort([...from, network.range.range]) }),
    });
    const pool = new LbPoolV2(this, 'pool', {
      name,
      listenerId: listener.id,
      protocol: protocol.toUpperCase(),
      lbMethod: balance === 'leastconn' ? 'LEAST_CONNECTIONS' : 'ROUND_ROBIN',
    });
    new LbMonitorV2(this, 'monitor', {
      name,
      poolId: pool.id,
      ...monitorOf(check ?? (protocol === 'http' ? '/' : 'tcp')),
    });
    return pool;
  }

  private addMembers({ members, network }: LoadBalancerProps, pool: LbPoolV2): void {
    for (const { name, address, port, server } of members) {
      const place = { poolId: pool.id, subnetId: network.subnetId, address, protocolPort: port };
      new LbMemberV2(this, `member-${name}`, { name, ...place, dependsOn: [server] });
    }
  }

  private addFloatingIp({ name, network, address, floatingIp = 'none' }: LoadBalancerProps): IFloatingIp | undefined {
    if (floatingIp === 'none') return undefined;
    const portId = this.balancer.vipPortId;
    const options = { network, portId, ...(address !== undefined && { portAddress: address }) };
    if (floatingIp === 'new') return new FloatingIp(this, 'floating-ip', { ...options, description: name });
    return FloatingIp.fromAddress(this, 'floating-ip', floatingIp.existing, options);
  }
}

/** What members learn of who asked. */
const FORWARDED = { 'X-Forwarded-For': 'true', 'X-Forwarded-Proto': 'true' };

/** Seconds; two answers in a row make a member well, two failures take it out. */
const TIMES = { delay: 5, timeout: 3, maxRetries: 2, maxRetriesDown: 2 };

/** As haproxy of ours sees it: an answer is one with a status below 500. */
function monitorOf(check: string) {
  if (check === 'tcp') return { type: 'TCP', ...TIMES };
  return { type: 'HTTP', httpMethod: 'GET', urlPath: check, expectedCodes: '200-499', ...TIMES };
}
