import { ComputeKeypairV2 } from '@cdktf/provider-openstack/lib/compute-keypair-v2';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { checkPublicKey } from '../plan/public-key';

/** A key pair of the cloud: its name is all that a server needs. */
export interface IKeyPair {
  readonly keyPairName: string;
}

export interface KeyPairProps {
  readonly name: string;
  /** The public key's line. The private half never leaves its owner: a pair made by the cloud would lie in the state in clear. */
  readonly publicKey: string;
}

/** A public key, known to the cloud by a name. */
export class KeyPair extends Construct implements IKeyPair {
  readonly keyPairName: string;

  /** A key pair that the cloud has already; nothing is created. */
  static fromName(name: string): IKeyPair {
    return { keyPairName: name };
  }

  /** @throws {Error} when `publicKey` is no SSH public key */
  constructor(scope: Construct, id: string, props: KeyPairProps) {
    super(scope, id);
    const { name, publicKey } = props;
    new ComputeKeypairV2(this, 'Resource', {
      name,
      publicKey: Token.isUnresolved(publicKey) ? publicKey : checked(publicKey),
    });
    this.keyPairName = name;
  }
}

function checked(publicKey: string): string {
  try {
    return checkPublicKey(publicKey);
  } catch (error) {
    throw new Error(`publicKey ${(error as Error).message}`);
  }
}
