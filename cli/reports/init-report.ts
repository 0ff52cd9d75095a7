import type { InitResult } from '../../lifecycle/init';

/** What was written, and everything in it that was found and not asked for. */
export function describeInit({ files, found }: InitResult, shown: (path: string) => string): string {
  const lines = files.map(({ path, written }) => `${shown(path)}: ${written ? 'written' : 'exists, left as it is'}`);
  if (!found) return lines.join('\n');
  const key = found.keyMade ? `${found.publicKey} (just made, with its private half beside it)` : found.publicKey;
  return [
    ...lines,
    `flavor   ${found.flavor}`,
    `image    ${found.image}`,
    `network  ${found.network}`,
    `SSH key  ${key}`,
    ...found.access.map(({ range, why }) => `access   ${range}: ${why}`),
  ].join('\n');
}
