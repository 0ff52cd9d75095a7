import { randomBytes, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';
import type { Passwords } from './config/context';

const NAMES = [
  'admin',
  'sandbox',
  'glance',
  'placement',
  'nova',
  'neutron',
  'designate',
  'database',
  'rabbitmq',
  'metadata',
  'rndc',
  'tsig',
] as const;

/** The random passwords of this sandbox, made once and kept in a file that only its owner can read. */
export function passwords(stateDir: string): Passwords {
  const file = path.join(stateDir, 'passwords.json');
  const known: Partial<Passwords> = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  const made = Object.fromEntries(NAMES.map((name) => [name, randomBytes(18).toString('base64url')]));
  const all = { ...made, libvirtUuid: randomUUID(), ...known } as Passwords;
  // One that an older version made lacks those that came later.
  if (Object.keys(known).length === Object.keys(all).length) return all;
  writeFileAtomic.sync(file, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
  return all;
}
