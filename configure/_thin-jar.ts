const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;

interface Entry {
  readonly name: string;
  /** Its record in the directory. */
  readonly record: Buffer;
  readonly offset: number;
}

/**
 * A jar without some of its entries; what stays is copied as it is, compressed bytes and all. A jar of a form that is not
 * understood here (several gigabytes, text behind its end) comes back unchanged.
 */
export function thinJar(jar: Buffer, drop: (name: string) => boolean): Buffer {
  const entries = tryReadDirectory(jar);
  if (!entries?.some(({ name }) => drop(name))) return jar;
  const starts = entries.map(({ offset }) => offset).sort((a, b) => a - b);
  const contents: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const entry of entries.filter(({ name }) => !drop(name))) {
    const end = starts[starts.indexOf(entry.offset) + 1] ?? directoryOffset(jar);
    const record = Buffer.from(entry.record);
    record.writeUInt32LE(offset, 42);
    contents.push(jar.subarray(entry.offset, end));
    records.push(record);
    offset += end - entry.offset;
  }
  const directory = Buffer.concat(records);
  return Buffer.concat([...contents, directory, endRecord(records.length, directory.length, offset)]);
}

function directoryOffset(jar: Buffer): number {
  return jar.readUInt32LE(jar.length - END_SIZE + 16);
}

function tryReadDirectory(jar: Buffer): readonly Entry[] | undefined {
  const end = jar.length - END_SIZE;
  if (end < 0 || jar.readUInt32LE(end) !== END) return undefined;
  const count = jar.readUInt16LE(end + 10);
  if (count === 0xffff || directoryOffset(jar) === 0xffffffff) return undefined;
  const entries: Entry[] = [];
  let at = directoryOffset(jar);
  while (entries.length < count) {
    if (at + CENTRAL_SIZE > end || jar.readUInt32LE(at) !== CENTRAL) return undefined;
    const nameLength = jar.readUInt16LE(at + 28);
    const size = CENTRAL_SIZE + nameLength + jar.readUInt16LE(at + 30) + jar.readUInt16LE(at + 32);
    const offset = jar.readUInt32LE(at + 42);
    if (offset + LOCAL_SIZE > end || jar.readUInt32LE(offset) !== LOCAL) return undefined;
    const name = jar.toString('utf8', at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength);
    entries.push({ name, record: jar.subarray(at, at + size), offset });
    at += size;
  }
  return entries;
}

function endRecord(count: number, directorySize: number, offset: number): Buffer {
  const record = Buffer.alloc(END_SIZE);
  record.writeUInt32LE(END, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directorySize, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
