/** @file What rules and layers record with: traced arrays, and a method for each operation that they need. */
import type { GnvproError } from '../errors.js';
import type { UnaryAttributes } from './functions.js';
import { fixed, type Shape } from './shape.js';
import type { Convolution, Windows } from './windows.js';

/** A traced array: the result of one instruction of one builder. */
export class Value {
  constructor(
    readonly builder: Emitter,
    readonly id: number,
    readonly shape: Shape,
  ) {}
}

export abstract class Emitter {
  /** Records an instruction; `shape` is that of its result where it does not follow from the operands. */
  abstract emit(op: string, operands: readonly Value[], attributes?: object, shape?: Shape): Value;

  abstract shapeError(message: string): GnvproError;

  sampleInput(array: number): Value {
    return this.emit('sampleInput', [], { array });
  }

  /** The slice of a flat vector that starts at `offset`, seen as rows × cols. */
  vectorInput(vector: number, offset: number, rows: number, cols: number): Value {
    return this.emit('vectorInput', [], { vector, offset }, fixed(rows, cols));
  }

  constant(rows: number, cols: number, values: ArrayLike<number>): Value {
    return this.emit('constant', [], { values: Float64Array.from(values) }, fixed(rows, cols));
  }

  matmul(a: Value, b: Value, { ta = false, tb = false }: { ta?: boolean; tb?: boolean } = {}): Value {
    return this.emit('matmul', [a, b], { ta, tb });
  }

  add(a: Value, b: Value): Value {
    return this.emit('add', [a, b]);
  }

  sub(a: Value, b: Value): Value {
    return this.emit('sub', [a, b]);
  }

  mul(a: Value, b: Value): Value {
    return this.emit('mul', [a, b]);
  }

  scale(a: Value, factor: number): Value {
    return factor === 1 ? a : this.emit('scale', [a], { factor });
  }

  addRow(a: Value, row: Value): Value {
    return this.emit('addRow', [a, row]);
  }

  mulRow(a: Value, row: Value): Value {
    return this.emit('mulRow', [a, row]);
  }

  broadcastRow(row: Value): Value {
    return this.emit('broadcastRow', [row]);
  }

  zeros(cols: number): Value {
    return this.broadcastRow(this.constant(1, cols, new Float64Array(cols)));
  }

  sumSamples(a: Value): Value {
    return this.emit('sumSamples', [a]);
  }

  unary(a: Value, attributes: UnaryAttributes): Value {
    return this.emit('unary', [a], attributes);
  }

  /** σ′(x) given x and σ(x). */
  unaryDerivative(x: Value, y: Value, attributes: UnaryAttributes): Value {
    return this.emit('unaryDerivative', [x, y], attributes);
  }

  concat(parts: readonly Value[]): Value {
    return parts.length === 1 ? parts[0] : this.emit('concat', parts);
  }

  /** Picks columns (samples) or flat entries (fixed, result rows × cols); index −1 gives 0. */
  gather(a: Value, indices: ArrayLike<number>, shape: Shape): Value {
    return this.emit('gather', [a], { indices: Int32Array.from(indices) }, shape);
  }

  /** The transpose of gather: adds column or entry i of `a` into place indices[i] of the result. */
  scatter(a: Value, indices: ArrayLike<number>, shape: Shape): Value {
    return this.emit('scatter', [a], { indices: Int32Array.from(indices) }, shape);
  }

  outer(a: Value, b: Value): Value {
    return this.emit('outer', [a, b]);
  }

  /** The sum of the convolutions of images and kernels, given in turn. */
  conv2d(pairs: readonly Value[], geometry: Convolution): Value {
    return this.emit('conv2d', pairs, geometry);
  }

  /** The transpose of x ↦ conv2d([x, K]). */
  conv2dToInput(u: Value, K: Value, geometry: Convolution): Value {
    return this.emit('conv2dToInput', [u, K], geometry);
  }

  /** The transpose of K ↦ conv2d([x, K]), summed over the samples unless `bySample`. */
  conv2dToKernel(x: Value, u: Value, geometry: Convolution & { readonly bySample?: boolean }): Value {
    return this.emit('conv2dToKernel', [x, u], { ...geometry, bySample: geometry.bySample ?? false });
  }

  averagePool(x: Value, windows: Windows): Value {
    return this.emit('averagePool', [x], windows);
  }

  averagePoolToInput(u: Value, windows: Windows): Value {
    return this.emit('averagePoolToInput', [u], windows);
  }

  maxPool(x: Value, windows: Windows): Value {
    return this.emit('maxPool', [x], windows);
  }

  /** Where in each window the greatest entry is. */
  maxPositions(x: Value, windows: Windows): Value {
    return this.emit('maxPositions', [x], windows);
  }

  pickPositions(x: Value, at: Value, windows: Windows): Value {
    return this.emit('pickPositions', [x, at], windows);
  }

  /** The transpose of x ↦ pickPositions(x, at). */
  spreadPositions(u: Value, at: Value, windows: Windows): Value {
    return this.emit('spreadPositions', [u, at], windows);
  }

  /** Adds a number of the row to all columns of each channel, as many channels as the row is long. */
  addChannels(a: Value, row: Value): Value {
    return this.emit('addChannels', [a, row]);
  }

  sumChannels(a: Value, channels: number): Value {
    return this.emit('sumChannels', [a], { channels });
  }
}
