import { missingIds } from '../../lifecycle/_destroy';

test('what a destruction finds gone already is known by the address that was not found, not by what else is named', () => {
  const text =
    'Error disassociating floating_ip f1 with port p1: Resource not found: [PUT http://c:9696/v2.0/floatingips/f1], error message: {}\n' +
    'Error: Expected HTTP response code [204] when accessing [DELETE http://c:9696/v2.0/ports/p2], but got 404 instead {}\n' +
    'Error: Expected HTTP response code [204] when accessing [DELETE http://c:9696/v2.0/ports/p3], but got 409 instead {}';
  expect(missingIds(text)).toEqual(['f1', 'p2']);
});
