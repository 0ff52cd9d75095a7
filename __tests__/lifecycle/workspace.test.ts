import { rmSync } from 'node:fs';
import { Workspace } from '../../lifecycle/workspace';
import { COMMON, project } from '../plan/_project';

const mockTools = jest.fn();
jest.mock('../../tools/tool-environment', () => ({ toolEnvironment: () => mockTools() }));

let projectDir: string;
afterEach(() => rmSync(projectDir, { recursive: true }));

test('fails for an unknown cloud before it looks for Terraform or synthesizes', async () => {
  projectDir = project({ 'common.yaml': `${COMMON}cloud: nosuch\n` });
  const workspace = new Workspace({ projectDir, env: { HOME: projectDir } });

  await expect(workspace.terraform(workspace.environment('common'))).rejects.toThrow('cloud "nosuch"');
  expect(mockTools).not.toHaveBeenCalled();
});

test('a warning is told once, however often the plan is read', () => {
  projectDir = project({ 'common.yaml': `${COMMON.replace('203.0.113.0/24', '0.0.0.0/0')}accessFromAnywhere: true\n` });
  const told: unknown[] = [];
  const workspace = new Workspace({ projectDir, env: {}, onProgress: ({ text }) => told.push(text) });
  for (let time = 0; time < 2; time++) workspace.environment('common');

  expect(told).toEqual(['access holds 0.0.0.0/0: every address there is can try to log in over SSH']);
});
