import { KeyPair } from '../../constructs/key-pair';
import { PUBLIC_KEY } from './_cluster-parts';
import { synthesize } from './_template';

describe('KeyPair', () => {
  test('gives the cloud the public half, without stray white space', () => {
    const template = synthesize((stack) => new KeyPair(stack, 'key', { name: 'mine', publicKey: `${PUBLIC_KEY}\n` }));
    expect(template.resource('compute_keypair_v2')).toEqual({ name: 'mine', public_key: PUBLIC_KEY });
  });

  test('makes nothing of a key pair that exists', () => {
    expect(KeyPair.fromName('theirs')).toEqual({ keyPairName: 'theirs' });
  });

  test.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    PUBLIC_KEY.replace('ssh-ed25519', 'ssh-rsa'),
    '~/.ssh/id_ed25519.pub',
  ])('refuses %p', (publicKey) => {
    synthesize((stack) => {
      expect(() => new KeyPair(stack, 'key', { name: 'mine', publicKey })).toThrow(/^publicKey is no SSH public key: /);
      stack.node.tryRemoveChild('key');
    });
  });
});
