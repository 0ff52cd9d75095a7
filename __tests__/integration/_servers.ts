import { setTimeout as sleep } from 'node:timers/promises';
import { OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';

const LONGEST_SECONDS = 180;

/** Servers of the sandbox cloud, switched as somebody switches them who has the cloud's dashboard before them. */
export class Servers {
  static async connect(): Promise<Servers> {
    const credentials = await resolveCredentials({
      env: {},
      cloud: 'sandbox',
      furtherFiles: [sandboxSettings().clouds],
    });
    return new Servers(await OpenStack.connect(credentials));
  }

  private constructor(private readonly cloud: OpenStack) {}

  async stop(id: string): Promise<void> {
    await this.#act(id, { 'os-stop': null });
    await this.#until(id, 'SHUTOFF');
  }

  async start(id: string): Promise<void> {
    await this.#act(id, { 'os-start': null });
    await this.#until(id, 'ACTIVE');
  }

  /** Switches it off and on again. */
  async reset(id: string): Promise<void> {
    await this.#act(id, { reboot: { type: 'HARD' } });
    await this.#until(id, 'ACTIVE');
  }

  close(): Promise<void> {
    return this.cloud.close();
  }

  async #act(id: string, body: object): Promise<void> {
    await this.cloud.session.request('POST', 'compute', `/servers/${id}/action`, { body });
  }

  /** At rest in this state: it keeps the old one until the work is done. */
  async #until(id: string, status: string): Promise<void> {
    const end = Date.now() + LONGEST_SECONDS * 1000;
    for (;;) {
      const server = await this.cloud.compute.findServer(id);
      if (server.status === status && server.task === undefined) return;
      if (Date.now() > end) throw new Error(`${server.name} is ${server.status} and not ${status}`);
      await sleep(500);
    }
  }
}
