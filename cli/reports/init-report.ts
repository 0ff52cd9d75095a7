import type { InitResult } from '../../lifecycle/init';

/** What was written, and everything in it that was found and not asked for. */
export function describeInit({ files, madeKey, found }: InitResult, shown: (path: string) => string): string {
  const lines = files.map(({ path, written }) => `${shown(path)}: ${written ? 'written' : 'exists, left as it is'}`);
  const made = madeKey === undefined ? [] : [`SSH key  ${madeKey} (just made, with its private half beside it)`];
  if (!found) return [...lines, ...made].join('\n');
  return [
    ...lines,
    `flavor   ${found.flavor}`,
    `image    ${found.image}`,
    `network  ${found.network}`,
    ...(madeKey === undefined ? [`SSH key  ${found.publicKey}`] : made),
    ...found.access.map(({ range, why }) => `access   ${range}: ${why}`),
  ].join('\n');
}
