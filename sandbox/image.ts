import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ApiClient } from './_api';
import { cached } from './_cache';
import { mmdebstrap } from './_mmdebstrap';
import { run } from './_run';
import type { AptHost } from './apt-host';
import { readRecipe } from './recipe';
import type { BuildOptions } from './rootfs';

export const IMAGE = 'debian-12';

const FILES = ['after-packages.sh', 'init.sh', 'cloud.cfg', 'make-disk.sh'];
const DIGEST = 'firesteel_digest';
const SIZE_GB = 2;

/** A guest image in the cache. */
export interface GuestImage {
  readonly digest: string;
  /** qcow2: one ext4 without a partition table. */
  readonly disk: string;
  /** The same as a folder: the lower layer of light hosts. */
  readonly root: string;
}

/** Debian 12 with systemd, cloud-init and sshd; built from Debian's packages when the cache lacks it (about 40 s). */
export async function buildImage(options: BuildOptions): Promise<GuestImage> {
  const recipe = readRecipe('guest', FILES, options.apt);
  const folder = await cached(options.cacheDir, `guest-${recipe.digest}`, async (unfinished) => {
    const root = path.join(unfinished, 'root');
    const scratch = path.join(unfinished, 'scratch');
    fs.mkdirSync(scratch);
    await mmdebstrap(root, {
      ...options,
      scratch,
      archives: path.join(options.cacheDir, 'archives/guest'),
      packages: recipe.packages,
      afterPackages: path.join(recipe.folder, 'after-packages.sh'),
    });
    fs.rmSync(scratch, { recursive: true });
    const disk = path.join(unfinished, `${IMAGE}.qcow2`);
    const { signal } = options;
    await run('/bin/sh', [path.join(recipe.folder, 'make-disk.sh'), root, disk, `${SIZE_GB}G`], { signal });
  });
  return { digest: recipe.digest, disk: path.join(folder, `${IMAGE}.qcow2`), root: path.join(folder, 'root') };
}

/** Names what `buildImage` would make now. */
export function imageDigest(apt: AptHost): string {
  return readRecipe('guest', FILES, apt).digest;
}

export function hasImage(options: Pick<BuildOptions, 'cacheDir' | 'apt'>): boolean {
  return fs.existsSync(path.join(options.cacheDir, `guest-${imageDigest(options.apt)}`));
}

interface ApiImage {
  readonly id: string;
  readonly status: string;
  readonly [DIGEST]?: string;
}

/** Makes the image of the cloud be this one. @returns whether it had to be uploaded */
export async function uploadImage(admin: ApiClient, image: GuestImage): Promise<boolean> {
  const { images } = await admin.get<{ images: ApiImage[] }>('image', `/images?name=${IMAGE}`);
  const current = images.find((one) => one.status === 'active' && one[DIGEST] === image.digest);
  if (!current) await createImage(admin, image);
  for (const old of images.filter((one) => one !== current)) await admin.delete('image', `/images/${old.id}`);
  return !current;
}

/** Whether the cloud has exactly the image that the recipe would make now. */
export async function imageIsCurrent(admin: ApiClient, apt: AptHost): Promise<boolean> {
  const { images } = await admin.get<{ images: ApiImage[] }>('image', `/images?name=${IMAGE}`);
  return images.some((one) => one.status === 'active' && one[DIGEST] === imageDigest(apt));
}

async function createImage(admin: ApiClient, { digest, disk }: GuestImage): Promise<void> {
  const created = await admin.post<ApiImage>('image', '/images', {
    name: IMAGE,
    visibility: 'public',
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: SIZE_GB,
    min_ram: 256,
    os_distro: 'debian',
    os_version: '12',
    os_admin_user: 'debian',
    os_type: 'linux',
    architecture: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    hypervisor_type: 'lxc',
    vm_mode: 'exe',
    [DIGEST]: digest,
  });
  await admin.put('image', `/images/${created.id}/file`, await fs.openAsBlob(disk));
}
