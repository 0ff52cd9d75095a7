import { DEV, issuesOf } from './_project';

describe('a broken plan is refused with its place', () => {
  const cases: [what: string, yaml: string, issue: RegExp][] = [
    ['YAML that is none', 'kind: spark\nmaster: [x\nworkers: 1\n', /^[23]:\d+: : not valid YAML/],
    [
      'an alias without its anchor',
      DEV.replace('debian-12', '*image'),
      /^2:8: : not valid YAML: Unresolved alias .*: image/,
    ],
    ['an empty file', '', /begins with "kind:"/],
    [
      'a kind that is none',
      DEV.replace('spark', 'sprak'),
      /^1:7: kind: must be one of common, spark, cluster, web, got "sprak" \(did you mean "spark"\?\)/,
    ],
    ['no kind', DEV.replace('kind: spark\n', ''), /has no "kind:"/],
    [
      'an unknown key',
      `${DEV}wokers: 3\n`,
      /^8:1: wokers: unknown key "wokers" \(did you mean "workers"\?\); known here: kind, cloud/,
    ],
    [
      'an unknown key in a section',
      DEV.replace('count: 2', 'cuont: 2'),
      /^7:3: workers\.cuont: unknown key "cuont" \(did you mean "count"\?\)/,
    ],
    [
      'an unknown key in a list',
      `${DEV.replace('count: 2', 'count: 2\n  volumes: [{name: a, size: 3}]')}`,
      /workers\.volumes\.0\.size: unknown key "size" \(did you mean "sizeGiB"\?\)/,
    ],
    ['count 0', DEV.replace('count: 2', 'count: 0'), /^7:10: workers\.count: must be at least 1, got 0/],
    ['count -1', DEV.replace('count: 2', 'count: -1'), /^7:10: workers\.count: must be at least 1, got -1/],
    ['count "two"', DEV.replace('count: 2', 'count: two'), /^7:10: workers\.count: must be a number, got "two"/],
    ['no count', DEV.replace('  count: 2\n', ''), /^6:3: workers\.count: is missing: a number is needed here/],
    [
      'no master',
      DEV.replace('master:\n  flavor: m1.small\n', ''),
      /^1:1: master: is missing: a section is needed here$/,
    ],
    [
      'a list for a section',
      DEV.replace('master:\n  flavor: m1.small', 'master: [a]'),
      /must be a section, got \["a"\]$/,
    ],
    ['a word for a list', `${DEV}apt: { packages: git }\n`, /^8:18: apt\.packages: must be a list, got "git"$/],
    [
      'a word for yes or no',
      DEV.replace('count: 2', 'count: 2\n  floatingIp: maybe'),
      /floatingIp: must be true or false or a list, got "maybe"$/,
    ],
    ['half a node', DEV.replace('count: 2', 'count: 1.5'), /^7:10: workers\.count: must be a whole number, got 1\.5$/],
    [
      'a volume of no size',
      DEV.replace('count: 2', 'count: 2\n  volumes: [{name: a, sizeGiB: 0, mount: /a}]'),
      /sizeGiB: must be at least 1, got 0$/,
    ],
    ['a time of nothing', `${DEV}timeouts: { ssh: 0 }\n`, /ssh: must be a positive number of seconds, got 0$/],
    [
      'two documents in a file',
      `${DEV}---\n${DEV}`,
      /^8:1: : holds more than one document: a file is one environment, without "---" in it$/,
    ],
    ...['--index-url=http://x', '; rm -rf /', '', ' numpy', 'a\nb'].map((text): [string, string, RegExp] => [
      `the Python requirement ${JSON.stringify(text)}`,
      `${DEV}python: { packages: [numpy, ${JSON.stringify(text)}] }\n`,
      /^8:29: python\.packages\.1: must be a Python requirement such as numpy==2\.3\.1/,
    ]),
    [
      'two masters without a ZooKeeper',
      DEV.replace('m1.small', 'm1.small\n  count: 2'),
      /^5:10: master\.count: 2 masters need a ZooKeeper/,
    ],
    [
      'a ZooKeeper of nothing',
      `${DEV}zookeeper: {}\n`,
      /^8:\d+: zookeeper\.flavor: is missing: a string is needed here$/,
    ],
    [
      'a ZooKeeper that is not there',
      `${DEV}zookeeper: { onMasters: false }\n`,
      /^8:25: zookeeper\.onMasters: must be true; without a ZooKeeper, leave the section out$/,
    ],
    [
      'a ZooKeeper in two places',
      `${DEV}zookeeper: { flavor: m1.small, onMasters: true }\n`,
      /^8:\d+: zookeeper\.\w+: unknown key/,
    ],
    [
      'an even number of ZooKeeper servers',
      `${DEV}zookeeper: { flavor: m1.small, count: 2 }\n`,
      /^8:39: zookeeper\.count: must be 1, 3 or 5, got 2: more than half of them have to live/,
    ],
    [
      'two volumes of one name',
      DEV.replace(
        'count: 2',
        'count: 2\n  volumes: [{name: a, sizeGiB: 1, mount: /a}, {name: a, sizeGiB: 1, mount: /b}]',
      ),
      /^8:54: workers\.volumes\.1\.name: there is a volume "a" already/,
    ],
    ['no image', DEV.replace('image: debian-12\n', ''), /master: has no image/],
    [
      'a floating IP that is none',
      DEV.replace('m1.small\nw', 'm1.small\n  floatingIp: [nwe]\nw'),
      /^5:16: master\.floatingIp\.0: "nwe" is no floating IP: say new, none, or the IPv4 address of one that the project has$/,
    ],
    [
      'an address where a list belongs',
      DEV.replace('m1.small\nw', 'm1.small\n  floatingIp: 203.0.113.10\nw'),
      /^5:15: master\.floatingIp: must be true or false or a list, got "203\.0\.113\.10"$/,
    ],
    [
      'more floating IPs than masters',
      DEV.replace('m1.small\nw', 'm1.small\n  floatingIp: [new, none]\nw'),
      /^5:21: master\.floatingIp\.1: one too many: there is 1 node, and an entry is for one of them/,
    ],
    [
      'a floating IP given twice',
      DEV.replace('m1.small\nw', 'm1.small\n  floatingIp: [203.0.113.10]\nw').replace(
        'count: 2',
        'count: 2\n  floatingIp: [new, 203.0.113.10]',
      ),
      /^9:21: workers\.floatingIp\.1: 203\.0\.113\.10 is given at master\.floatingIp\.0 already: give another$/,
    ],
    [
      'an address that is none',
      DEV.replace('count: 2', 'count: 2\n  addresses: [10.77.0.21, 10.77.0.300]'),
      /^8:27: workers\.addresses\.1: "10\.77\.0\.300" is no IPv4 address$/,
    ],
    [
      'more addresses than workers',
      DEV.replace('count: 2', 'count: 2\n  addresses:\n    - 10.77.0.21\n    - 10.77.0.22\n    - 10.77.0.23'),
      /^11:7: workers\.addresses\.2: one too many: there are 2 nodes/,
    ],
    [
      'an address given twice',
      DEV.replace('count: 2', 'count: 2\n  addresses: [10.77.0.21, 10.77.0.21]'),
      /^8:27: workers\.addresses\.1: 10\.77\.0\.21 is given at workers\.addresses\.0 already: give another$/,
    ],
    [
      "a security group that is the cluster's own",
      `${DEV}securityGroups: [web, dev-worker]\n`,
      /^8:23: securityGroups\.1: "dev-worker" is one that Firesteel makes: leave it out$/,
    ],
    [
      "a security group that is the common environment's",
      DEV.replace('count: 2', 'count: 2\n  securityGroups: [firesteel-common-ssh]'),
      /^8:20: workers\.securityGroups\.0: "firesteel-common-ssh" is one that Firesteel makes/,
    ],
    [
      "a volume named like another environment's",
      DEV.replace('count: 2', 'count: 2\n  volumes: [{ name: worker-1-data, sizeGiB: 1, mount: /a }]'),
      /^8:21: workers\.volumes\.0\.name: "worker-1-data" reads like a volume of another environment's node/,
    ],
    [
      'a Spark version without checksum',
      `${DEV}spark: { version: "4.0.99" }\n`,
      /^8:19: spark\.version: no checksum is known for Spark 4\.0\.99/,
    ],
    [
      'a Spark version that YAML takes for a number',
      `${DEV}spark: { version: 4.2 }\n`,
      /^8:19: spark\.version: must be a string, got 4\.2/,
    ],
    [
      'a security setting of Spark',
      `${DEV}spark:\n  conf:\n    spark.authenticate: false\n`,
      /^10:25: spark\.conf\.spark\.authenticate: /,
    ],
    [
      'a Maven coordinate that is none',
      `${DEV}spark: { packages: [foo] }\n`,
      /spark\.packages\.0: must be Maven coordinates/,
    ],
    ['a host key for no node', `${DEV}hostKeys: { worker-7: ["SHA256:x"] }\n`, /hostKeys\.worker-7: no such node/],
    [
      'a time that is none',
      `${DEV}timeouts: { ssh: soon }\n`,
      /timeouts\.ssh: must be a time such as 90s, 10m or 1h, got "soon"/,
    ],
  ];

  test.each(cases)('refuses %s', (_what, yaml, issue) => {
    expect(issuesOf({ 'dev.yaml': yaml })).toContainEqual(expect.stringMatching(issue));
  });

  test.each(['Dev', '0dev', 'dev-', 'dev_1', 'd'.repeat(41)])(
    'refuses the name %s, which no host name can carry',
    (name) => {
      expect(issuesOf({ [`${name}.yaml`]: DEV }, name)[0]).toMatch(
        /can't be an environment's name: lower-case letters/,
      );
    },
  );
});
