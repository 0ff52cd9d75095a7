import { Annotations, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Cidr } from '../constructs/cidr';
import { CloudProvider } from '../constructs/cloud-provider';
import { type IKeyPair, KeyPair } from '../constructs/key-pair';
import { type INetwork, Network } from '../constructs/network';
import { allowNodeEgress } from '../constructs/node-egress';
import { SecurityGroup } from '../constructs/security-group';
import { allowSshFrom } from '../constructs/ssh-access';
import { addStateBackend } from '../constructs/state-backend';
import { type CommonNames, commonNames } from '../plan/common-names';
import { type CommonReference, commonReference } from './common-reference';
import type { CommonStackProps } from './common-stack-props';

const DEFAULT_CIDR = '10.77.0.0/24';

/** What the clusters of a project share: key pair, network, and the groups for SSH and for what every node may reach. */
export class CommonStack extends TerraformStack {
  readonly keyPair: IKeyPair;
  readonly network: INetwork;
  /** Names by which other stacks find all this. */
  readonly reference: CommonReference;

  /**
   * A common stack by its name, for stacks beside it: they find what it made by name, when Terraform plans.
   * @param props of the common stack that say what it took over under names of its own
   */
  static fromName(name: string, props: Pick<CommonStackProps, 'keyPair' | 'network'> = {}): CommonReference {
    return commonReference(name, props);
  }

  /** @throws {Error} when a prop is wrong, saying which and what is allowed */
  constructor(scope: Construct, id: string, props: CommonStackProps) {
    super(scope, id);
    const names = commonNames(id);
    addStateBackend(this, props.state);
    new CloudProvider(this, 'openstack', props);
    this.keyPair = this.addKeyPair(names, props);
    this.network = this.addNetwork(names, props.network ?? {});
    this.reference = commonReference(id, props);
    this.addSshGroup(names, props.access);
    this.addNodeGroup(names);
  }

  private addKeyPair(names: CommonNames, { publicKey, keyPair }: CommonStackProps): IKeyPair {
    if (publicKey === undefined && keyPair === undefined) {
      throw new Error(
        'no key to log in with: give publicKey (the line of a .pub file) or keyPair (a name that the cloud knows)',
      );
    }
    if (publicKey !== undefined && keyPair !== undefined)
      throw new Error('publicKey and keyPair are both given: keep one');
    if (keyPair !== undefined) return KeyPair.fromName(keyPair);
    return new KeyPair(this, 'key-pair', { name: names.keyPair, publicKey: publicKey! });
  }

  private addNetwork({ network: name }: CommonNames, spec: NonNullable<CommonStackProps['network']>): INetwork {
    if (spec.existing === undefined)
      return new Network(this, 'network', { ...spec, name, cidr: spec.cidr ?? DEFAULT_CIDR });
    return Network.fromName(this, 'network', { ...spec, network: spec.existing });
  }

  private addSshGroup({ sshGroup: name }: CommonNames, access: readonly string[]): void {
    const group = new SecurityGroup(this, 'ssh', { name, description: 'SSH to nodes that are reached directly' });
    allowSshFrom(group.connections, access);
    for (const range of access.filter((range) => Cidr.of(range).range.endsWith('/0'))) {
      Annotations.of(this).addWarning(`access holds ${range}: every address there is can try to log in over SSH`);
    }
  }

  private addNodeGroup({ nodeGroup: name }: CommonNames): void {
    const group = new SecurityGroup(this, 'node', { name, description: 'What every node may reach' });
    allowNodeEgress(group.connections, this.network);
  }
}
