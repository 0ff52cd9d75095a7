import { newestImages } from '../../cloud/_newest-image';
import type { Flavor } from '../../cloud/compute';
import { discover, smallestFlavors } from '../../cloud/discover';
import type { Image } from '../../cloud/image';
import { OpenStack } from '../../cloud/openstack';
import { FakeCloud } from './_fake-cloud';

function image(name: string, properties: Record<string, string> = {}, over: Partial<Image> = {}): Image {
  return {
    id: name,
    name,
    status: 'active',
    visibility: 'public',
    owner: undefined,
    minDiskGiB: 0,
    minRamMiB: 0,
    sizeBytes: 1,
    createdAt: '2026-01-01T00:00:00Z',
    properties,
    ...over,
  };
}

const flavor = (name: string, ramMiB: number, vcpus: number, diskGiB: number, over: Partial<Flavor> = {}): Flavor => ({
  id: name,
  name,
  vcpus,
  ramMiB,
  diskGiB,
  disabled: false,
  public: true,
  ...over,
});

const names = (found: readonly { name: string }[]) => found.map(({ name }) => name);

describe('the newest image', () => {
  test.each<[string, Image[], string[]]>([
    ['of one distribution by its version', [image('Debian 11'), image('Debian 12'), image('Debian 9')], ['Debian 12']],
    [
      'by os_distro and os_version, whatever the name',
      [image('a', { os_distro: 'debian', os_version: '13' }), image('b', { os_distro: 'debian', os_version: '12.7' })],
      ['a'],
    ],
    ['by code name', [image('debian-bookworm-generic'), image('debian-trixie-generic')], ['debian-trixie-generic']],
    [
      'across the two by when the release came out',
      [image('Ubuntu 22.04'), image('Debian 12'), image('Ubuntu 24.04')],
      ['Ubuntu 24.04'],
    ],
    [
      'with a Debian younger than the last long-term Ubuntu',
      [image('Ubuntu 24.04'), image('Debian 13')],
      ['Debian 13'],
    ],
    [
      'leaving short-lived Ubuntus',
      [image('Ubuntu 25.10'), image('Ubuntu 25.04'), image('Ubuntu 22.04')],
      ['Ubuntu 22.04'],
    ],
    [
      'of several builds the latest',
      [
        image('debian-12-20260101', {}, { createdAt: '2026-01-02' }),
        image('debian-12-20260301', {}, { createdAt: '2026-03-02' }),
      ],
      ['debian-12-20260301'],
    ],
    [
      'all where the same release comes in several kinds',
      [image('Ubuntu 24.04'), image('Ubuntu 24.04 minimal')],
      ['Ubuntu 24.04', 'Ubuntu 24.04 minimal'],
    ],
    ['none of other distributions', [image('Rocky 9'), image('cirros-0.6')], []],
    ['none without a release', [image('Debian sid'), image('my debian-based thing')], []],
  ])('%s', (_, images, expected) => {
    expect(names(newestImages(images))).toEqual(expected);
  });

  test('only what can be booted here: public, active, no snapshot, this architecture', () => {
    const images = [
      image('Debian 13', {}, { visibility: 'private' }),
      image('Debian 13', {}, { status: 'queued' }),
      image('Debian 13', { image_type: 'snapshot' }),
      image('Debian 13', { architecture: 'aarch64' }),
      image('Debian 12', { architecture: 'x86_64' }),
    ];
    expect(names(newestImages(images))).toEqual(['Debian 12']);
  });
});

describe('the smallest flavor', () => {
  test('with enough memory, by memory, then cores, then disk', () => {
    const flavors = [
      flavor('big', 8192, 4, 40),
      flavor('small', 1024, 1, 5),
      flavor('more cores', 2048, 4, 10),
      flavor('fits', 2048, 2, 10),
      flavor('more disk', 2048, 2, 40),
    ];
    expect(names(smallestFlavors(flavors, { memoryMiB: 2048 }))).toEqual(['fits']);
  });

  test('several where they are equally small', () => {
    expect(names(smallestFlavors([flavor('a', 2048, 1, 10), flavor('b', 2048, 1, 10)], { memoryMiB: 2048 }))).toEqual([
      'a',
      'b',
    ]);
  });

  test('without a disk only where there are no others; never disabled ones', () => {
    const none = flavor('no disk', 2048, 1, 0);
    expect(names(smallestFlavors([none, flavor('disk', 4096, 1, 10)], { memoryMiB: 2048 }))).toEqual(['disk']);
    expect(names(smallestFlavors([none, flavor('off', 4096, 1, 10, { disabled: true })], { memoryMiB: 2048 }))).toEqual(
      ['no disk'],
    );
    expect(smallestFlavors([flavor('tiny', 512, 1, 3)], { memoryMiB: 2048 })).toEqual([]);
  });
});

test('discover: what is one is chosen, what is several is left to a person', async () => {
  const fake = await FakeCloud.start();
  fake.on('GET', '/compute/v2.1/flavors/detail', {
    body: { flavors: [{ id: 'f', name: 'm1.medium', vcpus: 2, ram: 2048, disk: 10 }] },
  });
  fake.on('GET', '/image/v2/images', {
    body: {
      images: [
        {
          id: 'i',
          name: 'Debian 12',
          status: 'active',
          visibility: 'public',
          created_at: '2026-01-01T00:00:00Z',
          os_distro: 'debian',
        },
      ],
    },
  });
  fake.on('GET', '/network/v2.0/networks', {
    body: { networks: ['ext-a', 'ext-b', 'in'].map((name) => ({ id: name, name, 'router:external': name !== 'in' })) },
  });
  const cloud = await OpenStack.connect(fake.credentials());
  const found = await discover(cloud);
  await cloud.close();
  await fake.stop();
  expect(found.flavor.chosen?.name).toBe('m1.medium');
  expect(found.image.chosen?.properties.os_distro).toBe('debian');
  expect(found.externalNetwork.chosen).toBeUndefined();
  expect(names(found.externalNetwork.candidates)).toEqual(['ext-a', 'ext-b']);
});
