import { assignAddresses, type NodeAddress, unwanted } from '../../lifecycle/_node-address-wishes';

const at = (node: string, address: string, chosen = true): NodeAddress => ({ node, address, chosen });
const ABC = [at('worker-0', 'a'), at('worker-1', 'b'), at('worker-2', 'c')];

describe('assignAddresses', () => {
  test('gives new nodes the addresses in order, and what is left to the subnet', () => {
    expect(assignAddresses([], ['a', 'b'], 3)).toEqual(['a', 'b']);
  });

  test('whoever has one of them keeps it, whatever the order', () => {
    expect(assignAddresses(ABC, ['c', 'a', 'b'], 3)).toEqual(['a', 'b', 'c']);
  });

  test('those that have none of them get what is left, the others keep theirs', () => {
    expect(assignAddresses(ABC, ['c', 'x'], 3)).toEqual(['x', 'b', 'c']);
  });

  test('an address that the subnet gave is told only where a chosen one comes after it', () => {
    const given = [at('worker-0', 'a', false), at('worker-1', 'b', false), at('worker-2', 'c', false)];

    expect(assignAddresses(given, ['b'], 3)).toEqual(['a', 'b']);
    expect(assignAddresses(given, ['x'], 3)).toEqual(['x']);
  });
});

test('those without a wanted address go first, the newest of them first', () => {
  expect(unwanted(ABC, ['b'])).toEqual(['worker-2', 'worker-0']);
  expect(unwanted([{ node: 'worker-0', chosen: false }], ['b'])).toEqual(['worker-0']);
});
