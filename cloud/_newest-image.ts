import type { Image } from './image';

/** When a release came out, by which those of two distributions can be compared. */
interface Release {
  readonly distribution: 'debian' | 'ubuntu';
  /** Year and month as a number, e.g. 2024.04. */
  readonly date: number;
}

const DEBIAN_CODENAMES: Readonly<Record<string, number>> = {
  buster: 10,
  bullseye: 11,
  bookworm: 12,
  trixie: 13,
  forky: 14,
};
const UBUNTU_CODENAMES: Readonly<Record<string, string>> = {
  bionic: '18.04',
  focal: '20.04',
  jammy: '22.04',
  noble: '24.04',
};

/**
 * The newest public Debian or Ubuntu image: the latest release of the two (of Ubuntu the long-term ones only), of which
 * the latest build. Several where the same release is offered in different kinds (`… minimal`, `… GPU`).
 */
export function newestImages(images: readonly Image[]): Image[] {
  const known = images.filter(isOffered).flatMap((image) => {
    const release = releaseOf(image);
    return release ? [{ image, release }] : [];
  });
  const newest = Math.max(...known.map(({ release }) => release.date));
  const kinds = new Map<string, Image>();
  for (const { image } of known.filter(({ release }) => release.date === newest)) {
    const kind = kindOf(image);
    const before = kinds.get(kind);
    if (before === undefined || before.createdAt < image.createdAt) kinds.set(kind, image);
  }
  return [...kinds.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Public, bootable, a plain image for this kind of machine. */
function isOffered({ status, visibility, properties }: Image): boolean {
  const { architecture = 'x86_64', image_type = 'image' } = properties;
  return (
    status === 'active' &&
    visibility === 'public' &&
    image_type !== 'snapshot' &&
    ['x86_64', 'amd64'].includes(architecture)
  );
}

function releaseOf({ name, properties }: Image): Release | undefined {
  const text = `${properties.os_distro ?? ''} ${name}`.toLowerCase();
  const version = properties.os_version ?? '';
  if (text.includes('ubuntu')) return ubuntuRelease(version, name.toLowerCase());
  return text.includes('debian') ? debianRelease(version, name.toLowerCase()) : undefined;
}

function ubuntuRelease(version: string, name: string): Release | undefined {
  const codename = Object.keys(UBUNTU_CODENAMES).find((known) => name.includes(known));
  const match = /\b(\d\d)\.(\d\d)\b/.exec(`${version} ${name} ${codename ? UBUNTU_CODENAMES[codename] : ''}`);
  // Long-term releases come in April of even years; the others are cared for nine months only.
  if (!match || Number(match[1]) % 2 === 1 || match[2] !== '04') return undefined;
  return { distribution: 'ubuntu', date: 2000 + Number(match[1]) + 0.04 };
}

function debianRelease(version: string, name: string): Release | undefined {
  const codename = Object.keys(DEBIAN_CODENAMES).find((known) => name.includes(known));
  const match = /^(\d\d?)\b/.exec(version) ?? /debian\D{0,3}(\d\d?)\b/.exec(name);
  const number = match ? Number(match[1]) : codename && DEBIAN_CODENAMES[codename];
  // Every two years since 9, in the middle of odd years: 10 in July 2019, 12 in June 2023.
  return number ? { distribution: 'debian', date: 1999 + 2 * number + 0.06 } : undefined;
}

/** Its name without what changes from build to build: dates, build numbers, hashes. */
function kindOf({ name }: Image): string {
  return name
    .toLowerCase()
    .replace(/\d{4}-?\d{2}-?\d{2}(-?\d+)?/g, '')
    .replace(/[\s_-]v?\d+(\.\d+){2,}/g, '')
    .replace(/[\s_.-]+/g, ' ')
    .trim();
}
