/**
 * The path as it is.
 * @throws {Error} when it is relative, ends in a slash, or has parts that lead elsewhere
 */
export function absolutePath(path: string): string {
  const parts = path.split('/').slice(1);
  const plain = path.startsWith('/') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain || /[\0\n]/.test(path)) {
    throw new Error(`not a plain absolute path: ${JSON.stringify(path)}; write it like /etc/hosts`);
  }
  return path;
}

/** `/etc` of `/etc/hosts`. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** `hosts` of `/etc/hosts`. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
