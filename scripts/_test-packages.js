/** Debian packages of the real programs that tests use; on other systems the tests say what they skip and why. */
const fs = require('node:fs');
const path = require('node:path');
const { run } = require('./_run');

/** A package by one of its programs. */
const PACKAGES = {
  'openssh-client': 'ssh-keygen',
  'openssh-server': 'sshd',
  'openjdk-17-jdk-headless': 'javac',
  packer: 'packer',
  postgresql: 'pg_ctlcluster',
  procps: 'ps',
  'python3-flask': 'flask',
  ...(process.env.FIRESTEEL_TEST_FULL && { 'python3-pip': 'pip3' }),
  sudo: 'sudo',
  'util-linux': 'flock',
  xfsprogs: 'mkfs.xfs',
};

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Installs what is missing, where we may: as root on Debian and its kin.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<number>} exit status of the installation, 0 where there was nothing to do
 */
async function ensureTestPackages(say) {
  const missing = Object.keys(PACKAGES).filter((name) => !hasProgram(PACKAGES[name]));
  if (missing.length === 0) return 0;
  if (process.getuid?.() !== 0 || !hasProgram('apt-get')) {
    say(`Missing for some tests, which will say so: ${missing.join(', ')}`);
    return 0;
  }
  say(`Installing what the tests use: ${missing.join(', ')}`);
  if (missing.includes('postgresql')) startNoDatabase();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-y', '-qq', 'install', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const updated = await run('apt-get', ['-qq', 'update'], { env });
  return updated || run('apt-get', [...install, ...missing], { env });
}

/** The tests start a server of their own; the package would make one that goes on running. */
function startNoDatabase() {
  const folder = '/etc/postgresql-common/createcluster.d';
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'firesteel-tests.conf'), 'create_main_cluster = false\n');
}

function hasProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...FOLDERS].filter((folder) => folder !== '');
  return folders.some((folder) => fs.existsSync(path.join(folder, name)));
}

module.exports = { ensureTestPackages };
