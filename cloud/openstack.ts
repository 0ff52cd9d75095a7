import type { CloudCredentials } from './cloud-credentials';
import { Compute } from './compute';
import { DnsService } from './dns';
import { ImageService } from './image';
import { NetworkService } from './network';
import { Session, type SessionOptions } from './session';
import { VolumeService } from './volume';

/** One project of one OpenStack cloud. */
export class OpenStack {
  readonly compute: Compute;
  readonly image: ImageService;
  readonly network: NetworkService;
  /** Absent where the cloud has no block storage. */
  readonly volume?: VolumeService;
  /** Absent where the cloud has no DNS. */
  readonly dns?: DnsService;

  /**
   * Logs in.
   * @throws {CloudError} unreachable, tls, notKeystone, badCredentials, tokenExpired, noProject, noEndpoint, …
   */
  static async connect(credentials: CloudCredentials, options: SessionOptions = {}): Promise<OpenStack> {
    return new OpenStack(await Session.connect(credentials, options));
  }

  private constructor(readonly session: Session) {
    this.compute = new Compute(session);
    this.image = new ImageService(session);
    this.network = new NetworkService(session);
    if (session.has('volume')) this.volume = new VolumeService(session);
    if (session.has('dns')) this.dns = new DnsService(session);
  }

  get credentials(): CloudCredentials {
    return this.session.credentials;
  }

  get projectId(): string {
    return this.session.projectId;
  }

  get projectName(): string {
    return this.session.projectName;
  }

  get userId(): string {
    return this.session.userId;
  }

  /** The region in use: the one asked for, or the cloud's only one. */
  get region(): string | undefined {
    return this.session.region;
  }

  /** Ends idle connections, so that a program can exit at once. */
  async close(): Promise<void> {
    await this.session.close();
  }
}
