import { inRegion, regionsOf } from '../../plan/cluster-plan';
import { clusterPlan } from '../../plan/general-cluster';
import { loadEnvironment } from '../../plan/load-environments';
import { issuesOf, project } from './_project';

const PLAN = `kind: cluster
image: debian-12
regions:
  us-east: { common: common-us, templates: [site], prefix: us }
  eu-central:
    common: common-eu
    templates: [site]
    prefix: eu
    groups: { web: { count: 1 } }
regionTemplates:
  site:
    groups:
      web: { flavor: m1.small, count: 2, roles: [node-exporter], hostname: "{region}-web-{n}", fqdn: { private: "web-{n}.{region}.example" } }
      cache: { flavor: m1.tiny, roles: [memcached] }
groups:
  kafka: { region: us-east, flavor: m1.medium, roles: [kafka] }
`;

function environment(yaml = PLAN) {
  const loaded = loadEnvironment(project({ 'dev.yaml': yaml }), 'dev');
  if (loaded.kind !== 'cluster') throw new Error('dev is a cluster');
  return loaded;
}

const issuesIn = (change: (yaml: string) => string) => issuesOf({ 'dev.yaml': change(PLAN) });

describe('a plan with regions', () => {
  test('has the groups of a template once for each region that uses it, and its own', () => {
    const { plan } = environment();
    expect(plan.groups.map(({ name, region, numbers }) => `${name} ${region} ${numbers.length}`)).toEqual([
      'kafka us-east 1',
      'usweb us-east 2',
      'uscache us-east 1',
      'euweb eu-central 1',
      'eucache eu-central 1',
    ]);
    expect(regionsOf(plan)).toEqual([
      { name: 'us-east', common: 'common-us' },
      { name: 'eu-central', common: 'common-eu' },
    ]);
    expect(inRegion(plan, plan.regions![1]!).groups.map(({ name }) => name)).toEqual(['euweb', 'eucache']);
  });

  test("puts the region's prefix into the names of a template's nodes", () => {
    const names = environment().plan.groups.map((group) => group.names);
    expect(names[1]).toEqual({ hostname: 'us-web-{n}', privateFqdn: 'web-{n}.us.example' });
    expect(names[3]).toEqual({ hostname: 'eu-web-{n}', privateFqdn: 'web-{n}.eu.example' });
  });

  test('lets people into each region through its first group', () => {
    const entries = environment().plan.groups.filter(({ roles }) => roles.some(({ name }) => name === 'bastion'));
    expect(entries.map(({ name }) => name)).toEqual(['kafka', 'euweb']);
  });

  test('says where the number of each group can be changed: in its region, not for all that use the template', () => {
    const { scalable } = environment();
    expect(scalable.kafka?.path).toEqual(['groups', 'kafka', 'count']);
    expect(scalable.euweb?.path).toEqual(['regions', 'eu-central', 'groups', 'web', 'count']);
  });

  test('is the same from TypeScript', () => {
    const plan = clusterPlan('dev', {
      image: 'debian-12',
      regions: { 'us-east': { common: 'common-us', templates: ['site'] } },
      regionTemplates: { site: { groups: { web: { flavor: 'm1.small', roles: ['node-exporter'] } } } },
      groups: {},
    });
    expect(plan.groups.map(({ name, region }) => [name, region])).toEqual([['useastweb', 'us-east']]);
  });

  test('is one region where it names none', () => {
    const { plan } = environment('kind: cluster\nimage: i\ngroups: { a: { flavor: f } }\nregion: RegionOne\n');
    expect(plan.regions).toBeUndefined();
    expect(regionsOf(plan)).toEqual([{ name: 'RegionOne', common: 'common' }]);
    expect(inRegion(plan, regionsOf(plan)[0]!)).toBe(plan);
  });
});

describe('what is wrong with regions is told with its place', () => {
  test.each([
    [
      'a group without a region',
      (yaml: string) => yaml.replace('region: us-east, ', ''),
      /^16:\d+: groups\.kafka: has no region: say "region:", one of us-east, eu-central$/,
    ],
    [
      'an unknown region',
      (yaml: string) => yaml.replace('region: us-east', 'region: us-eats'),
      /^16:\d+: groups\.kafka\.region: no region "us-eats" \(did you mean "us-east"\?\): there are us-east, eu-central$/,
    ],
    [
      'an unknown template',
      (yaml: string) => yaml.replace('[site]', '[sight]'),
      /^4:\d+: regions\.us-east\.templates\.0: no region template "sight": there are site$/,
    ],
    [
      'a change of a group that the templates lack',
      (yaml: string) => yaml.replace('{ web: { count: 1 } }', '{ wab: { count: 1 } }'),
      /^9:\d+: regions\.eu-central\.groups\.wab: no group "wab" in the templates of the region/,
    ],
    [
      'two regions of one prefix',
      (yaml: string) => yaml.replace('prefix: eu', 'prefix: us'),
      /^\d+:\d+: regions\.eu-central: makes a second group "usweb" in eu-central: give the region another prefix$/,
    ],
    [
      'a bastion of its own',
      (yaml: string) => `${yaml}bastion: { flavor: m1.tiny }\n`,
      /^17:\d+: bastion: is one node in one region: with "regions"/,
    ],
    [
      'a template that nobody uses',
      (yaml: string) =>
        yaml
          .replace('templates: [site], ', '')
          .replace('    templates: [site]\n', '')
          .replace('    groups: { web: { count: 1 } }\n', ''),
      /^\d+:\d+: regionTemplates\.site: is used by no region/,
    ],
  ])('%s', (_what, change, expected) => {
    expect(issuesIn(change)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
  });

  test('a wrong role in a template is told once, where it stands', () => {
    const issues = issuesIn((yaml) => yaml.replace('roles: [node-exporter]', 'roles: [node-exporters]'));
    expect(issues).toEqual([
      expect.stringMatching(
        /regionTemplates\.site\.groups\.web\.roles\.0: no role is named "node-exporters"; did you mean "node-exporter"/,
      ),
    ]);
  });

  test('what a role says against numbers is about its region alone', () => {
    expect(issuesIn((yaml) => yaml.replace('roles: [kafka]', 'count: 2, roles: [zookeeper]'))).toEqual([
      expect.stringContaining('groups.kafka.roles: zookeeper:'),
    ]);
  });
});
