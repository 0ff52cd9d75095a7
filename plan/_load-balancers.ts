import { haproxy } from '../roles/haproxy/haproxy';
import { didYouMean } from './_suggest';
import type { LoadBalancerPlan } from './cluster-plan';
import type { ClusterGroupSpec, ClusterSpec } from './cluster-spec';
import type { LoadBalancerSpec } from './load-balancer-spec';
import type { PlanIssue } from './plan-error';

/** Without a hyphen, so that no two environments share what the cloud calls it. */
const NAME = /^[a-z][a-z0-9]{0,15}$/;
const EVERYBODY = ['0.0.0.0/0'];

type Entry = readonly [name: string, spec: LoadBalancerSpec];

/** Those that the cloud's load balancer service is to make. */
export function octaviaPlans(spec: ClusterSpec): readonly LoadBalancerPlan[] {
  return entries(spec)
    .filter(([, each]) => makerOf(each, spec) === 'octavia')
    .map(([name, each]): LoadBalancerPlan => {
      const { tag, port, protocol = 'http', memberPort = port, balance = 'roundrobin', address, floatingIp } = each;
      return {
        ...{ name, tag, port, protocol, memberPort, balance },
        check: checkOf(each),
        from: fromOf(each),
        clients: each.clients ?? [],
        ...(address !== undefined && { address }),
        floatingIp: typeof floatingIp === 'string' ? { existing: floatingIp } : floatingIp ? 'new' : 'none',
      };
    });
}

/** The spec with those that haproxy is to be as frontends of it, and their ports open on its nodes. */
export function withHaproxyFrontends(spec: ClusterSpec): ClusterSpec {
  const own = entries(spec).filter(([, each]) => makerOf(each, spec) === 'haproxy');
  if (own.length === 0 || !Object.values(spec.groups).some(balances)) return spec;
  const { settings = {} } = spec;
  const said = (settings[haproxy.name] ?? {}) as { readonly frontends?: readonly unknown[] };
  const frontends = [...(said.frontends ?? []), ...own.map(frontendOf)];
  const publicPorts = own.flatMap(([, each]) => {
    const from = fromOf(each);
    return from.length > 0 ? [{ port: each.port, from }] : [];
  });
  const groups = Object.entries(spec.groups).map(([name, group]) =>
    balances(group) ? [name, { ...group, publicPorts: [...(group.publicPorts ?? []), ...publicPorts] }] : [name, group],
  );
  return {
    ...spec,
    groups: Object.fromEntries(groups),
    settings: { ...settings, [haproxy.name]: { ...said, frontends } },
  };
}

/** @param roles names of all that the plan's groups have */
export function loadBalancerIssues(spec: ClusterSpec, roles: ReadonlySet<string>): PlanIssue[] {
  return entries(spec).flatMap(([name, each]): PlanIssue[] => {
    const path = `loadBalancers.${name}`;
    return [
      ...(NAME.test(name) ? [] : [{ path, message: wrongName(name) }]),
      ...tagIssues(path, each, spec),
      ...(each.clients ?? []).flatMap((role, index) =>
        roles.has(role) ? [] : [{ path: `${path}.clients.${index}`, message: noRole(role, roles) }],
      ),
      ...(makerOf(each, spec) === 'haproxy' ? haproxyIssues(path, each, spec) : []),
    ];
  });
}

function entries({ loadBalancers = {} }: ClusterSpec): readonly Entry[] {
  return Object.entries(loadBalancers);
}

function makerOf({ by }: LoadBalancerSpec, { groups }: ClusterSpec): 'octavia' | 'haproxy' {
  return by ?? (Object.values(groups).some(balances) ? 'haproxy' : 'octavia');
}

function balances({ roles = [] }: ClusterGroupSpec): boolean {
  return roles.some((role) => role === haproxy || role === haproxy.name);
}

function checkOf({ check, protocol = 'http' }: LoadBalancerSpec): string {
  return check ?? (protocol === 'http' ? '/' : 'tcp');
}

function fromOf({ from, floatingIp = false }: LoadBalancerSpec): readonly string[] {
  return from ?? (floatingIp === false ? [] : EVERYBODY);
}

function frontendOf([name, each]: Entry): object {
  const { tag, port, protocol = 'http', memberPort = port, balance = 'roundrobin', clients = [] } = each;
  const backend = { tag, port: memberPort };
  return { ...{ name, port, mode: protocol, backend, balance }, check: checkOf(each), from: clients };
}

function wrongName(name: string): string {
  return `"${name}" can't be a load balancer's name: lower-case letters and digits, beginning with a letter, at most 16 characters`;
}

function noRole(role: string, roles: ReadonlySet<string>): string {
  return `no group has a role "${role}"${didYouMean(role, [...roles])}: there are ${[...roles].join(', ')}`;
}

function tagIssues(path: string, { tag }: LoadBalancerSpec, { groups }: ClusterSpec): PlanIssue[] {
  const tags = [...new Set(Object.values(groups).flatMap((group) => group.tags ?? []))];
  if (tags.includes(tag)) return [];
  const known = tags.length > 0 ? `groups have ${tags.join(', ')}` : 'give it to one, as "tags: [...]"';
  return [{ path: `${path}.tag`, message: `no group has the tag "${tag}"${didYouMean(tag, tags)}: ${known}` }];
}

/** What nodes have, a load balancer that they are can't bring along. */
function haproxyIssues(
  path: string,
  { address, floatingIp = false }: LoadBalancerSpec,
  spec: ClusterSpec,
): PlanIssue[] {
  const balancers = Object.entries(spec.groups).filter(([, group]) => balances(group));
  const [first] = balancers;
  if (!first) {
    const message = 'no group has the role haproxy: give it to one, or say "by: octavia" where the cloud has that';
    return [{ path: `${path}.by`, message }];
  }
  const issues: PlanIssue[] = [];
  if (address !== undefined) {
    const message = `haproxy has its nodes' addresses: say it as virtualIp of group ${first[0]}`;
    issues.push({ path: `${path}.address`, message });
  }
  if (typeof floatingIp === 'string' || (floatingIp && !balancers.some(([, group]) => isPublic(group)))) {
    const message = `haproxy has its nodes' addresses: say it as floatingIp, or as virtualIp: {floatingIp: true}, of group ${first[0]}`;
    issues.push({ path: `${path}.floatingIp`, message });
  }
  return issues;
}

function isPublic({ floatingIp = false, virtualIp = false }: ClusterGroupSpec): boolean {
  const shared = typeof virtualIp === 'object' && (virtualIp.floatingIp ?? false) !== false;
  return shared || (Array.isArray(floatingIp) ? floatingIp.some((each) => each !== 'none') : floatingIp !== false);
}
