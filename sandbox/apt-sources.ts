/** One deb822 stanza, as much of it as matters to build a Debian from it. */
export interface AptSource {
  readonly uris: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of a key ring, or an inline key block with its newlines. */
  readonly signedBy?: string;
}

/**
 * The Debian stanzas of an apt sources file, written for another release.
 * @param text content of a `.list` (one line each) or `.sources` (deb822) file
 * @param hostRelease code name of the machine's own release
 * @param release code name wanted; suites such as `-updates` and `-security` are kept
 */
export function debianSources(text: string, deb822: boolean, hostRelease: string, release: string): AptSource[] {
  const all = deb822 ? parseDeb822(text) : parseOneLine(text);
  const known = new Set(['', '-updates', '-security', '/updates']);
  return all.flatMap((source) => {
    const suites = source.suites
      .filter((suite) => suite.startsWith(hostRelease) && known.has(suite.slice(hostRelease.length)))
      .map((suite) => release + suite.slice(hostRelease.length));
    const isDebian = source.components.includes('main') && suites.length > 0;
    return isDebian ? [{ ...source, suites, components: ['main'] }] : [];
  });
}

function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!match) return [];
    const [, options = '', uris, suite, components] = match;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uris, suites: [suite], components: components.trim().split(/\s+/), ...(signedBy ? { signedBy } : {}) }];
  });
}

function parseDeb822(text: string): AptSource[] {
  const stanzas = text.split(/\n\s*\n/).map((stanza) => stanza.split('\n').filter((line) => !line.startsWith('#')));
  return stanzas.flatMap((lines) => {
    const fields = new Map<string, string>();
    let current = '';
    for (const line of lines) {
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (field) {
        current = field[1].toLowerCase();
        fields.set(current, field[2].trim());
      } else if (/^\s/.test(line)) fields.set(current, `${fields.get(current) ?? ''}\n${line}`);
    }
    const words = (name: string) => (fields.get(name) ?? '').trim().split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
    const signedBy = fields.get('signed-by');
    const source = { uris: words('uris').join(' '), suites: words('suites'), components: words('components') };
    return [signedBy ? { ...source, signedBy } : source];
  });
}

/** deb822 text of the sources. */
export function renderSources(sources: readonly AptSource[]): string {
  return sources
    .map((source) => {
      const lines = [
        'Types: deb',
        `URIs: ${source.uris}`,
        `Suites: ${source.suites.join(' ')}`,
        `Components: ${source.components.join(' ')}`,
      ];
      return [...lines, ...(source.signedBy ? [`Signed-By: ${source.signedBy}`] : [])].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}
