import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { HostKey } from '../inventory/inventory';
import { fingerprint, tryKeyType, tryParsePublicKey } from './ssh-key';

type Source = HostKey['source'];

/** What each type of key is signed with, the best first; the order of the types is the order of preference. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

const SOURCES: Readonly<Record<Source, string>> = {
  console: 'from its console log',
  plan: 'from hostKeys: in the plan',
  'first-use': 'from the first contact',
};

/** The keys that one server may show: whole keys, fingerprints of keys, or, on first use, any. */
export class KnownHostKeys {
  private constructor(
    readonly source: Source,
    private readonly keys: readonly HostKey[],
    private readonly fingerprints: readonly string[] = [],
  ) {}

  static of(keys: readonly HostKey[]): KnownHostKeys {
    return new KnownHostKeys(keys[0]!.source, keys);
  }

  /** @param lines `ssh-ed25519 AAAA…` or `SHA256:…` */
  static parse(lines: readonly string[], source: 'plan' | 'console'): KnownHostKeys {
    const texts = lines.map((line) => line.trim());
    const keys = texts.flatMap((text) => tryParsePublicKey(text) ?? []);
    return new KnownHostKeys(
      source,
      keys.map(({ type, key }) => ({ type, key, source })),
      texts.filter((text) => FINGERPRINT.test(text)),
    );
  }

  static anyOnFirstUse(): KnownHostKeys {
    return new KnownHostKeys('first-use', []);
  }

  matches(offered: Buffer): boolean {
    if (this.source === 'first-use' && this.keys.length === 0) return true;
    const text = offered.toString('base64');
    return this.keys.some(({ key }) => key === text) || this.fingerprints.includes(fingerprint(offered));
  }

  /**
   * Which algorithms to ask a server for, one handshake after the other until it shows a known key. Whole keys say their
   * type; a fingerprint doesn't, so each type is asked for.
   */
  attempts(): readonly (readonly ServerHostKeyAlgorithm[])[] {
    const types = Object.keys(ALGORITHMS);
    const known = types.filter((type) => this.keys.some((key) => key.type === type));
    const whole = known.flatMap((type) => ALGORITHMS[type]!);
    if (this.fingerprints.length === 0) return [whole.length > 0 ? whole : Object.values(ALGORITHMS).flat()];
    const others = types.filter((type) => !known.includes(type)).map((type) => ALGORITHMS[type]!);
    return whole.length > 0 ? [whole, ...others] : others;
  }

  /** For people, one for each key. */
  describeAll(): readonly string[] {
    const whole = this.keys.map(({ type, key, source }) => `${fingerprint(key)} (${type}, ${SOURCES[source]})`);
    return [...whole, ...this.fingerprints.map((text) => `${text} (${SOURCES[this.source]})`)];
  }

  describe(offered: Buffer): string {
    return `${fingerprint(offered)} (${tryKeyType(offered) ?? 'unknown type'})`;
  }

  /** What to remember, now that the server has proven that it holds `offered`. */
  toStore(offered: Buffer): readonly HostKey[] {
    const key = offered.toString('base64');
    if (this.keys.some((known) => known.key === key)) return this.keys;
    return [...this.keys, { type: tryKeyType(offered) ?? 'unknown', key, source: this.source }];
  }
}
