/** @file Programs in a few bytes, for libFuzzer: number of samples, number of constants, words (native/fuzz/program.cc). */
import type { EncodedProgram } from '../../../lib/program/encode.js';

const escapeByte = -128;

export function programBytes({ code, constants }: EncodedProgram, samples: number): Buffer {
  const words = [...code].flatMap((word) => {
    if (Math.abs(word) < 128) return [word & 0xff];
    const long = Buffer.alloc(5);
    long.writeInt8(escapeByte);
    long.writeInt32LE(word, 1);
    return [...long];
  });
  return Buffer.from([samples, Math.min(constants.length, 255), ...words]);
}

export function programOf(bytes: Buffer): EncodedProgram & { samples: number } {
  const [samples, constants] = bytes;
  const code: number[] = [];
  for (let i = 2; i < bytes.length; i++) {
    const word = bytes.readInt8(i);
    if (word !== escapeByte) code.push(word);
    else {
      const long = Buffer.alloc(4);
      bytes.copy(long, 0, i + 1, i + 5);
      code.push(long.readInt32LE());
      i += 4;
    }
  }
  return {
    samples,
    code: Int32Array.from(code),
    constants: Float64Array.from({ length: constants }, (_, i) => 0.25 * i - 1),
  };
}
