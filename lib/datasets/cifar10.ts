/**
 * @file CIFAR-10, the binary version: records of a label and 3072 bytes, which are the red, the green and the blue of
 * 32 × 32 pixels, row by row (page of the data set).
 */
import { TextDecoder } from 'node:util';
import { fileError } from '../files/fileError.js';
import { npyStart } from '../files/npy.js';
import { readArchive } from './archive.js';
import type { Conversion, DataSet, Output } from './dataSet.js';

const archive = 'cifar-10-binary.tar.gz';
const pixels = 3072;
const record = 1 + pixels;
const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const [testFile, namesFile] = ['test_batch.bin', 'batches.meta.txt'];
/** Each of the files has 10,000 records. */
const mostBytes = 10_000 * record;

export const cifar10: DataSet = {
  name: 'cifar-10',
  title: 'CIFAR-10: 50,000 + 10,000 colour images of 32 × 32 pixels, 10 classes',
  authors: 'A. Krizhevsky, V. Nair, G. Hinton: Learning Multiple Layers of Features from Tiny Images (2009)',
  page: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  terms: 'none stated; the page asks to cite the report',
  originals: [
    {
      name: archive,
      address: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
      bytes: 170_052_171,
      // The page tells the MD5 c32a1d4ab5d03f1284b67883e8d87530; this is of the same file.
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    },
  ],
  convert: async (paths) => convert(paths[archive]),
};

async function convert(file: string): Promise<Conversion> {
  const contents = await readArchive(file, [...trainFiles, testFile, namesFile], mostBytes);
  const of = (name: string) => contents.get(name) as Uint8Array;
  const classes = new TextDecoder().decode(of(namesFile)).split(/\s+/).filter(Boolean);
  for (const name of [...trainFiles, testFile]) checkRecords(of(name), name, classes.length, file);
  return {
    outputs: [...outputs('train', trainFiles.map(of)), ...outputs('test', [of(testFile)])],
    facts: { classes, image: { channels: ['red', 'green', 'blue'], rows: 32, columns: 32 } },
  };
}

function checkRecords(bytes: Uint8Array, name: string, classes: number, file: string): void {
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw fileError(`Expected records of ${record} bytes in ${name} of ${file} but it has ${bytes.length} bytes.`);
  }
  for (let at = 0; at < bytes.length; at += record) {
    if (bytes[at] < classes) continue;
    throw fileError(
      `Expected labels 0 to ${classes - 1} in ${name} of ${file} but received ${bytes[at]} in record ${at / record}.`,
    );
  }
}

function outputs(part: string, batches: readonly Uint8Array[]): Output[] {
  const images = batches.reduce((sum, batch) => sum + batch.length, 0) / record;
  const output = (file: string, content: string, cols: number, piece: (batch: Uint8Array) => Uint8Array): Output => ({
    file,
    content,
    dtype: '|u1',
    shape: [images, cols],
    *bytes() {
      yield* npyStart('|u1', [images, cols]);
      for (const batch of batches) yield piece(batch);
    },
  });
  return [
    output(
      `${part}-images.npy`,
      'an image a row: 1024 numbers red, 1024 green, 1024 blue, each row by row',
      pixels,
      imagesOf,
    ),
    output(`${part}-labels.npy`, 'classes of the same images', 1, labelsOf),
  ];
}

function imagesOf(batch: Uint8Array): Uint8Array {
  const images = new Uint8Array((batch.length / record) * pixels);
  for (let n = 0; n * record < batch.length; n++) {
    images.set(batch.subarray(n * record + 1, (n + 1) * record), n * pixels);
  }
  return images;
}

function labelsOf(batch: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: batch.length / record }, (_, n) => batch[n * record]);
}
