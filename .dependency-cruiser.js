/** The doors between the rooms (docs/decisions and CONTRIBUTING.md say why). A room that is not listed here may not be imported. */
const MAY_IMPORT = {
  operations: [],
  roles: ['operations'],
  plan: ['roles', 'operations'],
  constructs: ['plan', 'roles'],
  stacks: ['constructs', 'plan', 'roles'],
  cloud: [],
  tools: [],
  inventory: ['plan'],
  secrets: ['plan', 'operations'],
  jobs: ['plan'],
  packer: ['operations', 'roles'],
  configure: ['plan', 'roles', 'operations', 'secrets', 'inventory', 'cloud'],
  lifecycle: ['configure', 'plan', 'roles', 'cloud', 'inventory', 'secrets', 'jobs', 'tools', 'packer'],
  sandbox: ['cloud', 'tools'],
  cli: ['lifecycle', 'plan', 'sandbox', 'cloud', 'tools'],
};
const rooms = Object.keys(MAY_IMPORT);
const roomsBut = (...names) => `^(${rooms.filter((room) => !names.includes(room)).join('|')})/`;
const anyOf = (...names) => `^(${names.join('|')})/`;

const doors = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  name: `doors-of-${room}`,
  comment: `${room}/ may import ${allowed.length > 0 ? allowed.map((name) => `${name}/`).join(', ') : 'no other room'}.`,
  severity: 'error',
  from: { path: anyOf(room) },
  to: { path: `${roomsBut(room, ...allowed)}|^(main|index)\\.ts$` },
}));

module.exports = {
  forbidden: [
    ...doors,
    {
      name: 'doors-of-main',
      comment: 'main.ts, which every synth loads, imports plan/ and stacks/ only.',
      severity: 'error',
      from: { path: '^main\\.ts$' },
      to: { path: roomsBut('plan', 'stacks') },
    },
    {
      name: 'iron-only',
      comment:
        'Only constructs/, stacks/ and main.ts know cdktf; from the other rooms it is not even reached through another one.',
      severity: 'error',
      from: { path: roomsBut('constructs', 'stacks') },
      to: { path: '(^|/)node_modules/(cdktf|constructs|@cdktf)/|^providers/', reachable: true },
    },
    {
      name: 'hands-only',
      comment: 'Only configure/ knows SSH.',
      severity: 'error',
      from: { path: `${roomsBut('configure')}|^(main|index)\\.ts$` },
      to: { path: '(^|/)node_modules/(node-ssh|ssh2)/' },
    },
    {
      name: 'light-library',
      comment: 'What synthesizes loads no SSH and no command line.',
      severity: 'error',
      from: {
        path: `${anyOf('operations', 'roles', 'plan', 'constructs', 'stacks', 'cloud', 'inventory', 'secrets', 'jobs', 'packer')}|^(main|index)\\.ts$`,
      },
      to: { path: '(^|/)node_modules/(node-ssh|ssh2|commander)/', reachable: true },
    },
    {
      name: 'no-circles',
      comment:
        'Files that import each other in a circle are one thing in several pieces: put what they share into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'private-files',
      comment: 'A file whose name begins with _ belongs to its room.',
      severity: 'error',
      from: { path: '^([^/]+)/', pathNot: '^__tests__/' },
      to: { path: '/_[^/]*[.]ts$', pathNot: '^$1/|node_modules' },
    },
    {
      name: 'declared-only',
      comment: 'What is imported stands in package.json; what is published needs no development dependency.',
      severity: 'error',
      from: { path: `${roomsBut()}|^(main|index)\\.ts$` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
    {
      name: 'not-to-tests',
      comment: 'Nothing but tests imports tests.',
      severity: 'error',
      from: { pathNot: '^__tests__/' },
      to: { path: '^__tests__/' },
    },
    {
      name: 'resolvable',
      comment: 'There is no such file or package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^providers/' },
    exclude: { path: '^(dist|coverage|cdktf\\.out)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
