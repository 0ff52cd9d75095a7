import facts1 from '../_provider-facts/openstack-1.x.json';
import facts3 from '../_provider-facts/openstack-3.x.json';

/**
 * What two versions of the provider take, from their own schemas: 1.54.1, which the bindings are made from, and 3.x,
 * which users get. Only the types that Firesteel uses; a new one has to be added to both files.
 */
export const PROVIDER_FACTS = [facts1, facts3].map((facts) => facts as unknown as ProviderFacts);

export interface ProviderFacts {
  readonly provider: string;
  readonly config: BlockFacts;
  readonly resources: Readonly<Record<string, BlockFacts>>;
  readonly data_sources: Readonly<Record<string, BlockFacts>>;
  /** Types that the other version has not. */
  readonly only_here: { readonly resources: readonly string[]; readonly data_sources: readonly string[] };
}

/** Attributes as `required`, `optional`, `computed`, with ` deprecated`; blocks as facts of their own. */
export interface BlockFacts {
  readonly [attribute: string]: string | { readonly block: BlockFacts; readonly nesting: string };
}

type Json = Readonly<Record<string, unknown>>;

/** Every way in which synthesized JSON does not fit a version of the provider. */
export function misfits(json: Json, facts: ProviderFacts): string[] {
  const kinds = { resource: 'resources', data: 'data_sources' } as const;
  const found = Object.entries(kinds).flatMap(([kind, known]) =>
    Object.entries((json[kind] ?? {}) as Record<string, Record<string, Json>>).flatMap(([type, bodies]) =>
      Object.values(bodies).flatMap((body) => typeMisfits(`${kind} ${type}`, body, facts[known][type])),
    ),
  );
  const providers = (json.provider as { openstack?: Json[] } | undefined)?.openstack ?? [];
  found.push(...providers.flatMap(({ alias: _, ...body }) => blockMisfits('provider', body, facts.config)));
  return [...new Set(found)];
}

/** What Terraform itself takes in every resource. */
const META = ['provider', 'depends_on', 'lifecycle', 'for_each', '//'];

function typeMisfits(where: string, body: Json, facts: BlockFacts | undefined): string[] {
  if (!facts) return [`${where}: not there`];
  const own = Object.fromEntries(Object.entries(body).filter(([name]) => !META.includes(name)));
  return blockMisfits(where, own, facts);
}

function blockMisfits(where: string, body: Json, facts: BlockFacts): string[] {
  const missing = Object.keys(facts).filter((name) => String(facts[name]).startsWith('required') && !(name in body));
  return [
    ...missing.map((name) => `${where}.${name}: required`),
    ...Object.entries(body).flatMap(([name, value]) => attributeMisfits(`${where}.${name}`, value, facts[name])),
  ];
}

function attributeMisfits(where: string, value: unknown, fact: BlockFacts[string] | undefined): string[] {
  if (fact === undefined) return [`${where}: not there`];
  if (typeof fact !== 'string') {
    const blocks = (Array.isArray(value) ? value : [value]) as Json[];
    return blocks.flatMap((block) => blockMisfits(where, block, fact.block));
  }
  return fact === 'required' || fact === 'optional' ? [] : [`${where}: ${fact}`];
}
