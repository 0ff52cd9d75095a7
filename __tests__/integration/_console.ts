import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  discover,
  type HostKeyReading,
  lastConsoleLines,
  parseHostKeyFingerprints,
  readHostKeys,
  type Service,
} from '../../cloud';
import { NAME, type SandboxCloud } from './_sandbox-cloud';

const ID = z.object({ id: z.string() });

/** A server's console log, on a network of its own. */
export function describeConsole(sandbox: () => SandboxCloud): void {
  describe('a server', () => {
    /** Undone in the opposite order, whatever happens. */
    const undo: (() => Promise<unknown>)[] = [];

    async function make(service: Service, path: string, key: string, body: object, remove = removeAt): Promise<string> {
      const answer = await sandbox().api.session.request('POST', service, path, {
        body: { [key]: body },
        schema: z.record(z.string(), ID),
      });
      const id = answer![key].id;
      undo.push(() => remove(service, `${path}/${id}`));
      return id;
    }

    async function removeAt(service: Service, path: string): Promise<void> {
      await sandbox().api.session.request('DELETE', service, path);
    }

    afterAll(async () => {
      const failed: unknown[] = [];
      for (const step of undo.reverse()) await step().catch((error) => failed.push(error));
      expect(failed).toEqual([]);
    }, 120_000);

    test('its host keys come from its console, and with them the end of its log', async () => {
      const found = await discover(sandbox().api);
      const network = await make('network', '/networks', 'network', { name: NAME });
      const subnet = await make('network', '/subnets', 'subnet', {
        name: NAME,
        network_id: network,
        cidr: '10.213.0.0/24',
        ip_version: 4,
      });
      const external_gateway_info = { network_id: found.externalNetwork.chosen!.id };
      const router = await make('network', '/routers', 'router', { name: NAME, external_gateway_info });
      const interfaces = (verb: string) =>
        sandbox().api.session.request('PUT', 'network', `/routers/${router}/${verb}_router_interface`, {
          body: { subnet_id: subnet },
        });
      await interfaces('add');
      undo.push(() => interfaces('remove'));
      const flavor = (await sandbox().api.compute.flavors()).find(({ name }) => name === 'm1.tiny')!;
      const body = {
        name: NAME,
        flavorRef: flavor.id,
        imageRef: found.image.chosen!.id,
        networks: [{ uuid: network }],
      };
      const server = await make('compute', '/servers', 'server', body, removeServer);
      const reading = await keysOf(server);
      expect(reading.kind).toBe('keys');
      const keys = reading.kind === 'keys' ? reading.keys : [];
      expect(keys.map(({ type }) => type)).toContain('ssh-ed25519');
      const log = await sandbox().api.compute.consoleOutput(server);
      // cloud-init tells the fingerprint of a DSA key too, but never the key.
      const announced = parseHostKeyFingerprints(log.kind === 'text' ? log.text : '').filter(
        ({ algorithm }) => algorithm !== 'DSA',
      );
      const fingerprints = (list: readonly { fingerprint: string }[]) =>
        list.map(({ fingerprint }) => fingerprint).sort();
      expect(fingerprints(announced)).toEqual(fingerprints(keys));
      expect(await lastConsoleLines(sandbox().api.compute, server, 3)).toHaveLength(3);
    }, 240_000);

    async function keysOf(server: string): Promise<HostKeyReading> {
      const end = Date.now() + 180_000;
      for (;;) {
        const reading = await readHostKeys(sandbox().api.compute, server);
        if (reading.kind !== 'notYet' || Date.now() > end) return reading;
        await sleep(1000);
      }
    }

    /** And waits until its ports are free: the network can't go before. */
    async function removeServer(service: Service, path: string): Promise<void> {
      await removeAt(service, path);
      while ((await sandbox().api.compute.tryServer(path.split('/').at(-1)!)) !== undefined) await sleep(500);
    }
  });
}
