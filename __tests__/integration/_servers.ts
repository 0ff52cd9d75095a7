import { setTimeout as sleep } from 'node:timers/promises';
import { OpenStack, resolveCredentials } from '../../cloud';
import { lastConsoleLines } from '../../cloud/console-host-keys';
import { sandboxSettings } from '../../sandbox/settings';

const LONGEST_SECONDS = 180;
const CONSOLE_LINES = 20;

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

  /** Freezes it as it is: it answers nothing and knows nothing of it. */
  async pause(id: string): Promise<void> {
    await this.#act(id, { pause: null });
    await this.#until(id, 'PAUSED');
  }

  async unpause(id: string): Promise<void> {
    await this.#act(id, { unpause: null });
    await this.#until(id, 'ACTIVE');
  }

  /** Switches it off and on again. */
  async reset(id: string): Promise<void> {
    await this.#act(id, { reboot: { type: 'HARD' } });
    await this.#until(id, 'ACTIVE');
  }

  /** Waits until its console log has this line. */
  async says(id: string, line: string): Promise<void> {
    await until(
      async () => (await lastConsoleLines(this.cloud.compute, id, CONSOLE_LINES)).some((one) => one.includes(line)),
      `${id} says "${line}"`,
    );
  }

  close(): Promise<void> {
    return this.cloud.close();
  }

  async #act(id: string, body: object): Promise<void> {
    await this.cloud.session.request('POST', 'compute', `/servers/${id}/action`, { body });
  }

  /** At rest in this state: it keeps the old one until the work is done. */
  async #until(id: string, status: string): Promise<void> {
    await until(async () => {
      const server = await this.cloud.compute.findServer(id);
      return server.status === status && server.task === undefined;
    }, `${id} is ${status}`);
  }
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + LONGEST_SECONDS * 1000; !(await holds()); await sleep(500))
    if (Date.now() > end) throw new Error(`it did not come to pass within ${LONGEST_SECONDS} s that ${what}`);
}
