import { runProgram } from './_program';

/**
 * Makes a key pair without a passphrase, readable by nobody else: `name` and `name.pub` in a folder.
 * @returns what ssh-keygen said where it failed; empty where it did not @throws {Error} `ENOENT` where there is no ssh-keygen
 */
export async function makeKeyPair(folder: string, name: string, comment: string): Promise<string> {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', name];
  const options = { cwd: folder, env: process.env, outputDir: folder };
  const { status, stdout, stderr } = await runProgram('ssh-keygen', args, options);
  return status === 0 ? '' : (stderr || stdout).trim() || `exit status ${status}`;
}
