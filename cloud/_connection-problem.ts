/** Why there was no answer, in words and in what follows from it. */
export interface ConnectionProblem {
  readonly kind: 'unreachable' | 'tls';
  /** e.g. `connection refused` */
  readonly reason: string;
  /** May be gone at the next attempt. */
  readonly passing: boolean;
  /** The request didn't leave this machine, so nothing can have been done. */
  readonly neverSent: boolean;
  describe(host: string): string;
}

interface Limits {
  readonly requestSeconds: number;
  readonly connectSeconds: number;
}

const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by a CA that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its signer is not known to this machine',
  UNABLE_TO_GET_ISSUER_CERT: 'its signer is not known to this machine',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its signer is not known to this machine',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet (is the clock right?)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is made out to another name',
};

const CONNECTION: Readonly<Record<string, { reason: string; passing: boolean; sent?: boolean }>> = {
  ENOTFOUND: { reason: 'its name is unknown to DNS', passing: false },
  EAI_AGAIN: { reason: 'DNS does not answer', passing: true },
  ECONNREFUSED: { reason: 'connection refused: nothing listens there', passing: true },
  EHOSTUNREACH: { reason: 'no route to it', passing: true },
  ENETUNREACH: { reason: 'no route to its network', passing: true },
  ETIMEDOUT: { reason: 'no connection in time', passing: true },
  ECONNRESET: { reason: 'it closed the connection', passing: true, sent: true },
  EPIPE: { reason: 'it closed the connection', passing: true, sent: true },
  UND_ERR_SOCKET: { reason: 'it closed the connection', passing: true, sent: true },
};

/** @param thrown what `fetch` threw */
export function connectionProblem(thrown: unknown, limits: Limits): ConnectionProblem {
  const code = errorCode(thrown);
  const certificate = CERTIFICATE[code];
  if (certificate)
    return problem(
      'tls',
      certificate,
      false,
      true,
      (host) => `The certificate of ${host} is not trusted: ${certificate}.`,
    );
  if (/^ERR_SSL|^EPROTO$|HANDSHAKE|WRONG_VERSION/.test(code)) {
    const reason = 'it does not speak TLS as expected (is it http:// instead of https://?)';
    return problem('tls', reason, false, true, (host) => `No secure connection to ${host}: ${reason}.`);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return unreachable(`no connection within ${limits.connectSeconds} s`, true, true);
  if (code === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return unreachable(`no complete answer within ${limits.requestSeconds} s`, true, false);
  }
  const known = CONNECTION[code];
  if (known) return unreachable(known.reason, known.passing, !known.sent);
  return unreachable(code || String(thrown), false, false);
}

function unreachable(reason: string, passing: boolean, neverSent: boolean): ConnectionProblem {
  return problem(
    'unreachable',
    reason,
    passing,
    neverSent,
    (host) => `The OpenStack API at ${host} can't be reached: ${reason}.`,
  );
}

function problem(
  kind: ConnectionProblem['kind'],
  reason: string,
  passing: boolean,
  neverSent: boolean,
  describe: (host: string) => string,
): ConnectionProblem {
  return { kind, reason, passing, neverSent, describe };
}

/** The innermost code: `fetch failed` hides it in `cause`, a name with several addresses in `errors`. */
function errorCode(thrown: unknown): string {
  const error = thrown as { name?: string; code?: unknown; cause?: unknown; errors?: unknown[] };
  if (error.name === 'TimeoutError') return 'TimeoutError';
  const inner = error.cause ?? error.errors?.[0];
  const deeper = inner ? errorCode(inner) : '';
  return deeper || (typeof error.code === 'string' ? error.code : '');
}
