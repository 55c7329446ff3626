/** @file MATLAB files against those that SciPy wrote (test/fixtures/mat.json), and what is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { readMat } from '../../lib/files/mat.js';
import { npyBytes } from '../../lib/files/npy.js';
import { littleEndianBytes } from '../../lib/files/numbers.js';
import { element, matFile, tag } from '../support/matFile.js';
import { readNpy } from '../support/npy.js';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly arrays: readonly { name: string; class: string; shape: number[]; values: string[] }[];
  readonly unread: readonly string[];
}

const { cases, version4 } = JSON.parse(readFileSync(new URL('../fixtures/mat.json', import.meta.url), 'utf8')) as {
  cases: Case[];
  version4: string;
};
const folder = t.testdir();
const path = join(folder, 'a.mat');

const numberOf = (text: string) => Number(text.replace('inf', 'Infinity'));

t.test('files of SciPy: every class, plain and compressed', async (t) => {
  t.ok(cases.length >= 26);
  for (const { name, file, arrays, unread } of cases) {
    writeFileSync(path, Buffer.from(file, 'base64'));
    const read = await readMat(path);
    t.strictSame(
      read.arrays.map(({ name, class: matClass, shape }) => ({ name, class: matClass, shape })),
      arrays.map(({ name, class: matClass, shape }) => ({ name, class: matClass, shape })),
      name,
    );
    arrays.forEach(({ values }, i) => {
      t.ok(
        values.every((text, k) => Object.is(read.arrays[i].data[k], numberOf(text))),
        `${name}: the numbers of ${arrays[i].name}`,
      );
      t.equal(read.arrays[i].data.length, values.length);
    });
    t.strictSame(read.unread.map(({ name }) => name).sort(), [...unread].sort());
  }
});

t.test('big-endian files', async (t) => {
  const data = { w: Uint16Array.of(1, 2, 65535), y: Float64Array.of(1.5, -2, 1e300), s: Float32Array.of(0.5, 2, -1) };
  for (const compress of [false, true]) {
    const variables = Object.entries(data).map(([name, values]) => ({ name, shape: [1, 3], data: values }));
    writeFileSync(path, matFile(variables, { compress, little: false }));
    const { arrays } = await readMat(path);
    t.strictSame(Object.fromEntries(arrays.map(({ name, data }) => [name, data])), data);
  }
});

async function refused(t: Test, file: Uint8Array, message: RegExp): Promise<void> {
  writeFileSync(path, file);
  await t.rejects(readMat(path), { code: 'ERR_DATA_FILE', message }, String(message));
}

t.test('other versions, with the way to one that is read', async (t) => {
  await refused(t, Buffer.from(version4, 'base64'), /versions 5 to 7 but .*a\.mat is none.*version 4.*'-v7'/);
  const hdf5 = Buffer.alloc(2048);
  hdf5.write('MATLAB 7.3 MAT-file, Platform: GLNXA64');
  hdf5.write('\x89HDF\r\n\x1a\n', 512, 'latin1');
  await refused(t, hdf5, /is of version 7\.3 \(HDF5\).*save\('b\.mat', '-v7'\).*scipy/);
  await refused(t, hdf5.subarray(512), /HDF5/);
  await refused(t, Buffer.from('<!DOCTYPE html><html>'.padEnd(400, 'x')), /is none/);
  await refused(t, Buffer.alloc(0), /is none/);
  await t.rejects(readMat(join(folder, 'none.mat')), { code: 'ERR_DATA_FILE', message: /none\.mat cannot be read/ });
  await t.rejects(readMat(folder), { code: 'ERR_DATA_FILE', message: /a folder/ });
});

t.test('sizes that cannot be are refused before memory is taken for them', async (t) => {
  const header = matFile([]);
  const file = (...parts: Uint8Array[]) => Buffer.concat([header, ...parts]);
  const [flags, shape, name] = [tag(6, 0), Buffer.alloc(0), element(1, Buffer.from('x'))];
  const flagsOf = (matClass: number) => element(6, Buffer.from(Uint32Array.of(matClass, 0).buffer));
  const shapeOf = (...extents: number[]) => element(5, Buffer.from(Int32Array.from(extents).buffer));
  const arrayOf = (...parts: Buffer[]) => file(element(14, Buffer.concat(parts)));
  await refused(t, file(tag(14, 4e9)), /4000000000 bytes, but 0 are left/);
  await refused(t, file(Buffer.from([1, 2, 3])), /ends after 3 bytes/);
  await refused(t, arrayOf(flags, shape), /no flags/);
  await refused(t, arrayOf(flagsOf(99)), /the class 99/);
  await refused(t, arrayOf(flagsOf(6)), /ends before its dimensions/);
  await refused(t, arrayOf(flagsOf(6), shapeOf(-1, 3)), /dimensions -1 × 3/);
  await refused(
    t,
    arrayOf(flagsOf(6), shapeOf(2 ** 30, 2 ** 30), name, element(9, Buffer.alloc(8))),
    /are announced, but/,
  );
  await refused(t, arrayOf(flagsOf(6), shapeOf(1, 1), name, element(40, Buffer.alloc(8))), /type 40, which is none/);
  await refused(t, arrayOf(flagsOf(9), shapeOf(1, 1), name, element(4, Buffer.from([1, 1]))), /does not fit/);
  const beyond = Buffer.from(BigInt64Array.of(2n ** 53n + 1n).buffer);
  await refused(t, arrayOf(flagsOf(14), shapeOf(1, 1), name, element(12, beyond)), /does not fit/);
  const bomb = deflateSync(Buffer.concat([tag(14, 4e9), Buffer.alloc(1000)]));
  await refused(t, file(tag(15, bomb.length), bomb), /compressed bytes are to become 4000000008/);
  const long = deflateSync(Buffer.concat([tag(14, 40_000), Buffer.alloc(50_000)]));
  await refused(t, file(tag(15, long.length), long), /compressed element is damaged/);
  const short = deflateSync(Buffer.concat([tag(14, 4000), Buffer.alloc(50)]));
  await refused(t, file(tag(15, short.length), short), /compressed element is damaged/);
});

t.test('arrays of every type are written to .npy files in their type', async (t) => {
  const npy = join(folder, 'a.npy');
  for (const data of [
    Uint8Array.of(1, 255),
    Uint16Array.of(1, 65535),
    Float64Array.of(0.1, -2),
    Float32Array.of(0.5, 3),
  ]) {
    writeFileSync(npy, Buffer.concat([...npyBytes({ data, shape: [2, 1] })]));
    t.strictSame(readNpy(npy), { shape: [2, 1], data }, data.constructor.name);
  }
  t.strictSame([...littleEndianBytes(Uint16Array.of(0x0102), false)], [1, 2], 'of a big-endian machine');
  t.strictSame([...littleEndianBytes(Uint32Array.of(0x01020304), false)], [1, 2, 3, 4]);
  t.strictSame([...littleEndianBytes(Float64Array.of(1), false)], [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
});
