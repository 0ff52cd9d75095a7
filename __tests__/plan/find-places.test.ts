import { join } from 'node:path';
import { findPlaces } from '../../plan/find-places';
import { DEV, project } from './_project';

function placesIn(yaml: string, key: string, value: string): string[] {
  const dir = project({ 'dev.yaml': yaml });
  return findPlaces(join(dir, 'environments', 'dev.yaml'), key, value).map((place) =>
    place.replace(/^.*dev\.yaml/, ''),
  );
}

test('finds every place where a key has the value, at any depth', () => {
  expect(placesIn(DEV, 'flavor', 'm1.small')).toEqual([':4:11', ':6:11']);
  expect(placesIn(DEV, 'image', 'debian-12')).toEqual([':2:8']);
});

test('finds flow maps, quoted values and numbers too', () => {
  expect(placesIn('master: { flavor: "4" }\nworkers: { flavor: 4 }\n', 'flavor', '4')).toEqual([':1:19', ':2:20']);
});

test('finds nothing where the value stands under another key', () => {
  expect(placesIn(DEV, 'image', 'm1.small')).toEqual([]);
});

test('finds the items of lists under the key', () => {
  expect(placesIn('securityGroups: [a, b]\nworkers:\n  securityGroups:\n    - b\n', 'securityGroups', 'b')).toEqual([
    ':1:21',
    ':4:7',
  ]);
});
