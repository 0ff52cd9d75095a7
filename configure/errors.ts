/** No connection to a node, or not to the right one. */
export class ConnectError extends Error {
  constructor(
    readonly node: string,
    message: string,
    /** Last lines of the node's console log, where it never got up. */
    readonly console: readonly string[] = [],
  ) {
    super(message);
    this.name = 'ConnectError';
  }
}

/** A node showed another SSH host key than the known ones; nothing was sent to it. */
export class HostKeyError extends ConnectError {
  constructor(
    node: string,
    message: string,
    /** SHA-256 fingerprints of the keys that are known for it. */
    readonly expected: readonly string[],
    /** SHA-256 fingerprint of the key that was offered; undefined where none of the known types was. */
    readonly offered: string | undefined,
  ) {
    super(node, message);
    this.name = 'HostKeyError';
  }
}

/** A node does not lead to where it was to lead. */
export class ForwardError extends ConnectError {
  constructor(
    node: string,
    message: string,
    /** Its sshd will never do it; otherwise the other end may only not be up yet. */
    readonly forbidden: boolean,
  ) {
    super(node, message);
    this.name = 'ForwardError';
  }
}

/** The private half of the deployed public key can't be used. */
export class IdentityError extends Error {
  constructor(
    message: string,
    /** Every place that was looked at, and what was found there. */
    readonly looked: readonly string[] = [],
  ) {
    super(message);
    this.name = 'IdentityError';
  }
}

/** A command on a node ended with a failure. */
export class CommandError extends Error {
  constructor(
    readonly node: string,
    /** What was being done, in the words of an operation's change; never the script, which may hold secrets. */
    readonly action: string,
    /** Exit status; null when it was ended by a signal. */
    readonly exitCode: number | null,
    /** The last lines of standard error. */
    readonly stderr: string,
    /** @default 'failed with exit status N', or 'failed with no exit status' */
    readonly outcome = exitCode === null ? 'failed with no exit status' : `failed with exit status ${exitCode}`,
  ) {
    super(`${action} ${outcome}${stderr ? `: ${stderr}` : ''}`);
    this.name = 'CommandError';
  }
}
