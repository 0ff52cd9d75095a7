import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { gatherWrites } from '../../configure/ssh-gather';

/** Keeps how often it was written to, and what. */
class Wire extends Duplex {
  readonly writes: string[] = [];

  override _read(): void {}

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)).toString());
    done();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is written in one turn of the event loop is one write, in its order', async () => {
  const wire = gatherWrites(new Wire());
  for (const part of ['length', ' ', 'body', ' ', 'tag']) wire.write(part);
  await turn();
  wire.write('the next ');
  wire.write('packet');
  await turn();
  expect(wire.writes).toEqual(['length body tag', 'the next packet']);
});

test('what was written last is sent before the stream ends', async () => {
  const wire = gatherWrites(new Wire());
  wire.write('good');
  wire.end('bye');
  await once(wire, 'finish');
  expect(wire.writes.join('')).toBe('goodbye');
});

test('a caller still hears when to wait, and each write ends', async () => {
  const wire = gatherWrites(new Wire({ writableHighWaterMark: 4 }));
  const written: string[] = [];
  expect(wire.write('ab', () => written.push('ab'))).toBe(true);
  expect(wire.write('cdef', () => written.push('cdef'))).toBe(false);
  await once(wire, 'drain');
  expect(written).toEqual(['ab', 'cdef']);
});
