import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '../../roles';
import { roleTable } from '../../roles/role-table';

test('docs/roles.md is what the roles say', () => {
  expect(readFileSync(join(__dirname, '../../docs/roles.md'), 'utf8')).toBe(roleTable(ROLES));
});
