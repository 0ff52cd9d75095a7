/** The three numbers of a version; what follows them (`-rc1`, `+metadata`) does not count. */
export type Version = readonly [number, number, number];

/** @returns undefined when the text has no version in it */
export function tryParseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

export function atLeast(version: Version, least: Version): boolean {
  for (let i = 0; i < 3; i++) if (version[i] !== least[i]) return version[i]! > least[i]!;
  return true;
}

export function versionText(version: Version): string {
  return version.join('.');
}
