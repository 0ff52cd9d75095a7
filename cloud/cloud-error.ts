/** What went wrong, for code that has to tell cases apart; people read the message. */
export type CloudErrorKind =
  /** Nothing is configured: no cloud named, no `OS_*` variables, no clouds.yaml. */
  | 'noCredentials'
  /** The cloud is in no clouds.yaml that was found. */
  | 'unknownCloud'
  /** A clouds.yaml, secure.yaml or openrc file that can't be read or says too little. */
  | 'badConfiguration'
  /** No connection: name, route, refused, timed out. */
  | 'unreachable'
  /** The other side's certificate is not trusted, or it doesn't speak TLS. */
  | 'tls'
  /** Keystone refused user name, password or application credential. */
  | 'badCredentials'
  /** A token given as `OS_TOKEN` is expired or revoked. */
  | 'tokenExpired'
  /** No project was named, or there is none of that name for this user. */
  | 'noProject'
  /** The address answers, but isn't Keystone v3. */
  | 'notKeystone'
  /** The region or the service is not in the catalog. */
  | 'noEndpoint'
  | 'forbidden'
  | 'notFound'
  /** 413 or 429 after all retries. */
  | 'rateLimited'
  /** 5xx after all retries. */
  | 'serverError'
  /** Any other status that isn't a success. */
  | 'refused'
  /** The answer isn't what the API promises. */
  | 'badAnswer'
  /** The caller's signal. */
  | 'aborted';

export interface CloudErrorFields {
  /** `host:port` that was asked. */
  readonly host?: string;
  /** HTTP status. */
  readonly status?: number;
  /** Service type of the catalog, e.g. `compute`. */
  readonly service?: string;
  /** By which the cloud's operators find the request in their logs. */
  readonly requestId?: string;
  /** `path:line` of the configuration, where one is to blame. */
  readonly place?: string;
  readonly cause?: unknown;
}

/** Everything that the cloud room throws. The message never holds a secret. */
export class CloudError extends Error {
  readonly host?: string;
  readonly status?: number;
  readonly service?: string;
  readonly requestId?: string;
  readonly place?: string;

  constructor(
    readonly kind: CloudErrorKind,
    message: string,
    fields: CloudErrorFields = {},
  ) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'CloudError';
    this.host = fields.host;
    this.status = fields.status;
    this.service = fields.service;
    this.requestId = fields.requestId;
    this.place = fields.place;
  }
}
