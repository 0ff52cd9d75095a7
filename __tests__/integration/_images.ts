import { openAsBlob } from 'node:fs';
import { ApiClient } from '../../sandbox/_api';
import { readAptHost } from '../../sandbox/apt-host';
import { buildImage, IMAGE } from '../../sandbox/image';
import { passwords } from '../../sandbox/passwords';
import { sandboxSettings } from '../../sandbox/settings';

type ImageRecord = Readonly<Record<string, unknown>>;

/** What the new one takes over from the old one, beside what says how it is booted. */
const KEPT = /^(os_.*|disk_format|container_format|min_disk|min_ram|architecture|hypervisor_type|vm_mode)$/;

/** Uploads the sandbox's image once more, under another name, as a user of the cloud; the cloud's reset removes it. */
export async function uploadImageAs(name: string): Promise<void> {
  const settings = sandboxSettings();
  const client = await ApiClient.login(settings.net, 'sandbox', passwords(settings.stateDir).sandbox);
  const { images } = await client.get<{ images: ImageRecord[] }>('image', `/images?name=${IMAGE}`);
  const kept = Object.entries(images[0]!).filter(([key]) => KEPT.test(key));
  const created = await client.post<ImageRecord>('image', '/images', { ...Object.fromEntries(kept), name });
  const { disk } = await buildImage({ cacheDir: settings.cacheDir, apt: await readAptHost() });
  await client.put('image', `/images/${created.id}/file`, await openAsBlob(disk));
}
