import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudCredentials, OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';

/** Of this run only, so that what another one left behind is not in the way. */
export const NAME = `cloud-test-${process.pid}`;

/** The sandbox as the cloud room sees it. */
export class SandboxCloud {
  readonly folder = mkdtempSync(join(tmpdir(), 'firesteel-cloud-'));
  readonly #open: OpenStack[] = [];

  static async open(): Promise<SandboxCloud> {
    const file = sandboxSettings().clouds;
    const credentials = await resolveCredentials({ cloud: 'sandbox', furtherFiles: [file] });
    const api = await OpenStack.connect(credentials);
    return new SandboxCloud(file, credentials, api);
  }

  private constructor(
    /** Its clouds.yaml. */
    readonly file: string,
    readonly credentials: CloudCredentials,
    readonly api: OpenStack,
  ) {
    this.#open.push(api);
  }

  /** Logs in once more, until `close`. */
  async connect(as: CloudCredentials, pageSize?: number): Promise<OpenStack> {
    const connected = await OpenStack.connect(as, { pageSize });
    this.#open.push(connected);
    return connected;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((connected) => connected.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
