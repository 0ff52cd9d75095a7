import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../configure/transport';
import { connectTo } from './_ssh-node';
import { makeKey, type Sshd, type SshdOptions, startSshd } from './_sshd';

/** What the tests of a `describe` share; it is there when the first of them begins, and gone after the last. */
class SshFixture {
  /** A folder of its own. */
  folder!: string;
  /** A key pair that may log in. */
  key!: { readonly file: string; readonly publicKey: string };
  sshd!: Sshd;
  connection!: Connection;
}

/** What the sshd is to be like; the folder is there by then. */
export type OptionsIn = (folder: string) => Partial<SshdOptions>;

/** A real sshd, and a key that may log in. */
export function sshdFixture(optionsIn: OptionsIn = () => ({})): Omit<SshFixture, 'connection'> {
  return fixture(optionsIn, false);
}

/** The same with a connection to it. */
export function connectionFixture(optionsIn: OptionsIn = () => ({})): SshFixture {
  return fixture(optionsIn, true);
}

function fixture(optionsIn: OptionsIn, connected: boolean): SshFixture {
  const made = new SshFixture();
  beforeAll(async () => {
    made.folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    made.key = makeKey(made.folder, 'id');
    made.sshd = await startSshd({ authorizedKeys: [made.key.publicKey], ...optionsIn(made.folder) });
    if (connected) made.connection = await connectTo(made.sshd, made.key.file);
  });
  afterAll(async () => {
    made.connection?.close();
    await made.sshd?.stop();
    if (made.folder) rmSync(made.folder, { recursive: true, force: true });
  });
  return made;
}
