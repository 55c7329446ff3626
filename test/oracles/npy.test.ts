/** @file The reader of .npy files that the tests use. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readNpy } from '../support/npy.js';

/** The bytes of a .npy file, format 1 or 2. */
function npy(type: string, shape: string, data: ArrayBufferView, { version = 1, fortran = 'False' } = {}): Buffer {
  const header = `{'descr': '${type}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header),
    bytes,
  ]);
}

t.test('reads what it writes', async (t) => {
  const cases = [
    ['<f8', '2, 3', Float64Array.of(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, -0), [2, 3]],
    ['<f4', '4,', Float32Array.of(0.1, 2, 3, 4), [4]],
    ['<i4', '2, 1', Int32Array.of(-7, 2 ** 31 - 1), [2, 1]],
    ['<i8', '1,', BigInt64Array.of(-(2n ** 63n)), [1]],
    ['|u1', '3,', Uint8Array.of(0, 127, 255), [3]],
    ['<u2', '', Uint16Array.of(65535), []],
  ] as const;
  for (const [type, text, data, shape] of cases) {
    for (const version of [1, 2]) {
      const path = join(t.testdir(), 'array.npy');
      writeFileSync(path, npy(type, text, data, { version }));
      t.same(readNpy(path), { shape, data }, `${type}, format ${version}`);
    }
  }
});

t.test('refuses what it would misread', async (t) => {
  const numbers = Float64Array.of(1, 2, 3, 4);
  const refuse = (bytes: Buffer, message: RegExp) => {
    const path = join(t.testdir(), 'array.npy');
    writeFileSync(path, bytes);
    t.throws(() => readNpy(path), { message });
  };
  refuse(npy('<f8', '2, 2', numbers, { fortran: 'True' }), /unsupported header/);
  refuse(npy('>f8', '2, 2', numbers), /unsupported header/);
  refuse(npy('<c16', '2,', numbers), /unsupported header/);
  refuse(npy('<f8', '2, 3', numbers), /wrong length/);
  refuse(Buffer.from('no array'), /not a .npy file/);
});
