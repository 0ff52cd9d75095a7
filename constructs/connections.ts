import {
  NetworkingSecgroupRuleV2,
  type NetworkingSecgroupRuleV2Config,
} from '@cdktf/provider-openstack/lib/networking-secgroup-rule-v2';
import { TerraformIterator } from 'cdktf';
import type { IConstruct } from 'constructs';
import { Traffic } from '../roles/traffic';
import { AddressList } from './address-list';
import { Cidr } from './cidr';

/** Whatever has a security group that says who may talk to it. */
export interface IConnectable {
  readonly connections: Connections;
}

/** A security group of this stack, or one found by its name. */
export interface ISecurityGroup extends IConstruct, IConnectable {
  readonly securityGroupId: string;
  readonly securityGroupName: string;
}

/** The other end of traffic. */
export type Peer = IConnectable | Cidr | AddressList;

export interface RuleOptions {
  /** Why the rule is there, for who reads the group in the cloud. @default - the traffic and the peer */
  readonly description?: string;
}

/** Neutron's limit. */
const DESCRIPTION_LENGTH = 255;

/**
 * Who may talk to the wearers of a security group, and to whom they may.
 *
 * Groups start from nothing, so traffic between two groups takes two rules: in on the one side, out on the other. The
 * same traffic allowed twice is one rule. A rule is named by its direction, traffic and peer, so that no order of calls
 * ever replaces one.
 */
export class Connections implements IConnectable {
  /** @param defaults what is meant where no traffic is given, e.g. the ports that the roles of a group expose */
  constructor(
    readonly securityGroup: ISecurityGroup,
    private readonly defaults: readonly Traffic[] = [],
  ) {}

  get connections(): Connections {
    return this;
  }

  /**
   * @param traffic a number is a TCP port. @default - the ports that this group's roles expose
   * @throws {Error} when no traffic is given and the group's roles expose none
   */
  allowFrom(peer: Peer, traffic?: Traffic | number, options: RuleOptions = {}): void {
    for (const each of this.traffic(traffic)) {
      this.addRule('ingress', peer, each, options);
      if (isConnectable(peer)) peer.connections.addRule('egress', this.securityGroup, each, options);
    }
  }

  /**
   * @param traffic a number is a TCP port. @default - the ports that the peer's roles expose
   * @throws {Error} when no traffic is given and the peer exposes none
   */
  allowTo(peer: Peer, traffic?: Traffic | number, options: RuleOptions = {}): void {
    if (isConnectable(peer)) {
      peer.connections.allowFrom(this, traffic, options);
    } else if (traffic === undefined) {
      throw new Error('an address range exposes no ports: say which traffic may go there');
    } else {
      for (const each of this.traffic(traffic)) this.addRule('egress', peer, each, options);
    }
  }

  private traffic(given: Traffic | number | undefined): readonly Traffic[] {
    if (given !== undefined) return [typeof given === 'number' ? Traffic.tcp(given) : given];
    if (this.defaults.length > 0) return this.defaults;
    throw new Error(
      `security group "${this.securityGroup.securityGroupName}" exposes no ports: say which traffic is allowed, e.g. Traffic.tcp(9092)`,
    );
  }

  private addRule(direction: 'ingress' | 'egress', peer: Peer, traffic: Traffic, options: RuleOptions): void {
    const scope = this.securityGroup;
    const { peerId, label, ...remote } = remoteOf(peer);
    const way = direction === 'ingress' ? 'from' : 'to';
    const id = `${direction}-${traffic.id}-${way}-${peerId}`;
    if (scope.node.tryFindChild(id)) return;
    const description = options.description ?? `${traffic} ${way} ${label}`;
    new NetworkingSecgroupRuleV2(scope, id, {
      securityGroupId: scope.securityGroupId,
      direction,
      description: description.slice(0, DESCRIPTION_LENGTH),
      protocol: traffic.protocol,
      ...(traffic.portRange && { portRangeMin: traffic.portRange[0], portRangeMax: traffic.portRange[1] }),
      ...remote,
    });
  }
}

interface Remote extends Pick<NetworkingSecgroupRuleV2Config, 'remoteIpPrefix' | 'remoteGroupId' | 'forEach'> {
  readonly ethertype: 'IPv4' | 'IPv6';
  /** Stands for the peer in construct ids. */
  readonly peerId: string;
  /** Stands for the peer in descriptions. */
  readonly label: string;
}

function remoteOf(peer: Peer): Remote {
  if (peer instanceof Cidr) {
    const { peerId, label, ethertype, range } = peer;
    return { peerId, label, ethertype, remoteIpPrefix: range };
  }
  if (peer instanceof AddressList) {
    const each = TerraformIterator.fromList(peer.addresses);
    return {
      peerId: peer.peerId,
      label: peer.peerId,
      ethertype: 'IPv4',
      forEach: each,
      remoteIpPrefix: `${each.value}/32`,
    };
  }
  const { securityGroupName: name, securityGroupId } = peer.connections.securityGroup;
  return { peerId: name, label: name, ethertype: 'IPv4', remoteGroupId: securityGroupId };
}

function isConnectable(peer: Peer): peer is IConnectable {
  return 'connections' in peer;
}
