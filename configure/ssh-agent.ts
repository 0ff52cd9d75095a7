import {
  BaseAgent,
  type IdentityCallback,
  OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

/** One key of an ssh-agent: a server that allows few tries sees no other. */
export class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent;

  constructor(
    socket: string,
    private readonly key: ParsedKey,
  ) {
    super();
    this.#agent = new OpenSSHAgent(socket);
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}

/**
 * The keys that an ssh-agent holds.
 * @throws {Error} when nothing answers on the socket
 */
export function agentKeys(socket: string): Promise<readonly ParsedKey[]> {
  return new Promise((resolve, reject) => {
    new OpenSSHAgent(socket).getIdentities((error, keys) =>
      error ? reject(error) : resolve((keys ?? []) as ParsedKey[]),
    );
  });
}
