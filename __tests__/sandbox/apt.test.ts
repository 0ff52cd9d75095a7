import { aptSettings } from '../../sandbox/apt-host';
import { debianSources, renderSources } from '../../sandbox/apt-sources';
import { parsePackages } from '../../sandbox/recipe';

const DEB822 = `Types: deb
# a snapshot
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://download.docker.example/linux/debian
Suites: bookworm
Components: stable

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe('the host’s apt sources', () => {
  test('only Debian’s own are taken, with their suites and keys', () => {
    const sources = debianSources(DEB822, true, 'bookworm', 'bookworm');
    expect(sources.map((source) => [source.uris, source.suites.join(' ')])).toEqual([
      ['http://mirror.example/debian', 'bookworm bookworm-updates'],
      ['http://mirror.example/debian-security', 'bookworm-security'],
    ]);
    expect(sources[0].signedBy).toBe('/usr/share/keyrings/debian-archive-keyring.gpg');
    expect(sources[0].components).toEqual(['main']);
  });

  test('the one-line form says the same', () => {
    const text = [
      '# deb http://old.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/etc/keys/d.gpg] http://mirror.example/debian bookworm main non-free # ours',
      'deb-src http://mirror.example/debian bookworm main',
      'deb http://packages.cloud.example/apt cloud-sdk main',
    ].join('\n');
    expect(debianSources(text, false, 'bookworm', 'bookworm')).toEqual([
      { uris: 'http://mirror.example/debian', suites: ['bookworm'], components: ['main'], signedBy: '/etc/keys/d.gpg' },
    ]);
  });

  test('a machine of another release lends its mirror', () => {
    const text =
      'deb http://mirror.example/debian trixie main\ndeb http://mirror.example/security trixie-security main';
    const suites = debianSources(text, false, 'trixie', 'bookworm').flatMap((source) => source.suites);
    expect(suites).toEqual(['bookworm', 'bookworm-security']);
  });

  test('what is rendered reads back as it was', () => {
    const sources = debianSources(DEB822, true, 'bookworm', 'bookworm');
    expect(debianSources(renderSources(sources), true, 'bookworm', 'bookworm')).toEqual(sources);
  });

  test('a key block inside the file is kept whole', () => {
    const text = `${DEB822.split('\n\n')[1]}\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----\n`;
    const rendered = renderSources(debianSources(text, true, 'bookworm', 'bookworm'));
    expect(rendered).toContain('Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n');
  });
});

describe('the host’s apt settings', () => {
  const dump = [
    'APT::Architecture "amd64";',
    'Acquire::cdrom::mount "/media/cdrom/";',
    'Acquire::IndexTargets::deb::Packages::MetaKey "x";',
    'Acquire::AllowInsecureRepositories "0";',
    'Acquire::http::Proxy-Auto-Detect "/usr/local/bin/detect";',
    'Acquire::Check-Date "false";',
    'Acquire::Retries "3";',
    'Dir::Cache "var/cache/apt";',
  ].join('\n');

  test('how to reach a mirror is carried over, the machine’s own affairs are not', () => {
    const lines = aptSettings(dump, {}).trim().split('\n');
    expect(lines).toEqual([
      'Acquire::Check-Date "false";',
      'Acquire::Retries "3";',
      'Acquire::Languages "none";',
      'APT::Install-Recommends "false";',
    ]);
  });

  test('a proxy that only the environment names is told, one of apt’s own wins', () => {
    expect(aptSettings(dump, { http_proxy: 'http://p:3128' })).toContain('Acquire::http::Proxy "http://p:3128";');
    const own = aptSettings('Acquire::http::Proxy "http://own:1";', { http_proxy: 'http://p:3128' });
    expect(own).toContain('http://own:1');
    expect(own).not.toContain('http://p:3128');
  });
});

test('a list of packages may have comments and any white space', () => {
  expect(parsePackages('# all\na b\n\n  c # why\n')).toEqual(['a', 'b', 'c']);
});
