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
  'database',
  'rabbitmq',
  'metadata',
] as const;

/** The random passwords of this sandbox, made once and kept in a file that only its owner can read. */
export function passwords(stateDir: string): Passwords {
  const file = path.join(stateDir, 'passwords.json');
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')) as Passwords;
  const made = Object.fromEntries(NAMES.map((name) => [name, randomBytes(18).toString('base64url')]));
  const all = { ...made, libvirtUuid: randomUUID() } as Passwords;
  writeFileAtomic.sync(file, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
  return all;
}
