import { CloudError } from './cloud-error';

type Page = Record<string, unknown>;

/**
 * Collects a list that may be cut into pages, in each of the ways of OpenStack's services: Glance's `next`, the
 * `…_links` of Nova and Neutron, and none at all, where a full page is followed by asking for what comes after its last.
 * @param size undefined where `limit` must not be sent
 */
export async function listPages(
  key: string,
  fetchPage: (query: URLSearchParams) => Promise<unknown>,
  first: URLSearchParams,
  size: number | undefined,
): Promise<unknown[]> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let query: URLSearchParams | undefined = new URLSearchParams(first);
  if (size !== undefined) query.set('limit', String(size));
  // A service that ignores the marker gives the same page for ever.
  while (query !== undefined && !seen.has(query.toString())) {
    seen.add(query.toString());
    const page = (await fetchPage(query)) as Page;
    const found = page[key];
    if (!Array.isArray(found)) throw new CloudError('badAnswer', `an answer has no list "${key}"`);
    items.push(...found);
    query = nextQuery(page, key, found, query, size);
  }
  return withoutRepeated(items);
}

function nextQuery(
  page: Page,
  key: string,
  found: unknown[],
  query: URLSearchParams,
  size: number | undefined,
): URLSearchParams | undefined {
  const link = nextLink(page, key);
  // Of a link only the query counts: behind a proxy its host is often the wrong one.
  if (link !== undefined) return new URL(link, 'http://link/').searchParams;
  const marker = (found.at(-1) as { id?: unknown } | undefined)?.id;
  if (hasLinks(page, key) || size === undefined || found.length < size || typeof marker !== 'string') return undefined;
  const next = new URLSearchParams(query);
  next.set('marker', marker);
  return next;
}

function nextLink(page: Page, key: string): string | undefined {
  if (typeof page.next === 'string') return page.next;
  const links = page[`${key}_links`] ?? page.links;
  if (!Array.isArray(links)) return undefined;
  return (links as { rel?: string; href?: string }[]).find(({ rel }) => rel === 'next')?.href;
}

/** The service pages by links, so a page without `next` is the last. Glance's `first` is such a link too. */
function hasLinks(page: Page, key: string): boolean {
  return 'first' in page || `${key}_links` in page;
}

function withoutRepeated(items: unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const id = (item as { id?: unknown }).id;
    if (id === undefined) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
