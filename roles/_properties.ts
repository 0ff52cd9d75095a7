import { Secret } from '../operations/secret';

/** A line of a Java properties file each, sorted by key; secret as a whole, because a user's own values may be. */
export function properties(entries: Readonly<Record<string, string | Secret>>): Secret {
  const lines = Object.keys(entries)
    .sort()
    .map((key) => `${escapedKey(key)} ${escapedValue(reveal(entries[key]!))}\n`);
  return new Secret(`# Written by firesteel configure; changes made here do not last.\n${lines.join('')}`);
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

function escapedKey(key: string): string {
  return escapedValue(key).replaceAll(/[ :=#!]/g, '\\$&');
}

/** Blanks at the front would be taken for the gap between key and value. */
function escapedValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/^ /, '\\ ');
}
