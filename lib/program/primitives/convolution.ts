/**
 * @file Convolutions of images with kernels: y[f, p] = Σ K[f, (c, i, j)] x[c, p·stride + (i, j) − padding], as the field
 * has it (a cross-correlation), and the transposes of this map in x and in K. K has a row for each filter: channels of
 * the group, then the rows of the window, then its columns.
 */
import { flag } from '../attributes.js';
import type { Value } from '../emitter.js';
import type { Primitive, Tangent } from '../primitive.js';
import { type FixedShape, fixed, type Shape, samples, size } from '../shape.js';
import { type Convolution, convolutionAttributes, eachRow, flaw, imageSize, outputOf, taps } from '../windows.js';
import { plus } from './arithmetic.js';

/** A sum of convolutions; the operands are images and kernels in turn. So the derivative of one in both is one again. */
export const conv2d: Primitive<Convolution> = {
  operands: 'some',
  attributes: convolutionAttributes,
  shape: (operands, g) => {
    const [, K] = operands;
    if (K === undefined || operands.length % 2 === 1) return 'images and kernels in turn';
    const problem = operands
      .map((operand, i) => (i % 2 === 0 ? imageProblem(operand, g) : kernelProblem(operand, K, g)))
      .find((found) => found !== null);
    return problem ?? samples((K as FixedShape).rows * outputOf(g).pixels);
  },
  tangent: (b, g, operands, tangents) => b.conv2d(tangentTerms(operands, tangents), g),
  transpose: (b, g, operands, index, u) =>
    index % 2 === 0
      ? b.conv2dToInput(u, operands[index + 1] as Value, g)
      : b.conv2dToKernel(operands[index - 1] as Value, u, g),
  columns: 'mixed',
  flops: (result, operands, g) => operands.length * size(result) * taps(g),
  show: (operands, g) => `conv2d ${operands.join(' ')}${showGeometry(g)}`,
  run: (g, operands, { rows, cols, data: out }) => {
    out.fill(0);
    for (let term = 0; term < operands.length; term += 2) {
      const [{ data: x, cols: inputs }, { data: K, rows: filters }] = operands.slice(term);
      eachRow(g, filters, (weight, output, input, columns) => {
        for (let n = 0; n < rows; n++) {
          const [to, from] = [n * cols + output, n * inputs + input];
          for (let j = 0; j < columns.length; j++) if (columns[j] >= 0) out[to + j] += K[weight] * x[from + columns[j]];
        }
      });
    }
  },
};

/** The transpose in the image. */
export const conv2dToInput: Primitive<Convolution> = {
  operands: 2,
  attributes: convolutionAttributes,
  shape: ([u, K], g) => outputProblem(u, K, g) ?? kernelProblem(K, K, g) ?? samples(imageSize(g)),
  tangent: (b, g, [u, K], [du, dK]) => plus(b, du && b.conv2dToInput(du, K, g), dK && b.conv2dToInput(u, dK, g)),
  transpose: (b, g, [u, K], index, w) =>
    index === 0 ? b.conv2d([w, K as Value], g) : b.conv2dToKernel(w, u as Value, g),
  columns: 'mixed',
  flops: (_, [u], g) => 2 * size(u) * taps(g),
  show: (operands, g) => `conv2dToInput ${operands.join(' ')}${showGeometry(g)}`,
  run: (g, [{ data: u, cols: outputs }, { data: K, rows: filters }], { rows, cols, data: out }) => {
    out.fill(0);
    eachRow(g, filters, (weight, output, input, columns) => {
      for (let n = 0; n < rows; n++) {
        const [from, to] = [n * outputs + output, n * cols + input];
        for (let j = 0; j < columns.length; j++) if (columns[j] >= 0) out[to + columns[j]] += K[weight] * u[from + j];
      }
    });
  },
};

/** The transpose in the kernels, a sum over samples; or, `bySample`, the summands, each as a row. */
export const conv2dToKernel: Primitive<Convolution & { readonly bySample: boolean }> = {
  operands: 2,
  attributes: { ...convolutionAttributes, bySample: flag },
  shape: ([x, u], g) => {
    const problem = imageProblem(x, g);
    if (problem !== null) return problem;
    const { pixels } = outputOf(g);
    if (u.kind !== 'samples' || u.cols % (pixels * g.groups) !== 0)
      return 'the image of the windows, channel by channel';
    return g.bySample ? samples((u.cols / pixels) * taps(g)) : fixed(u.cols / pixels, taps(g));
  },
  bySample: (b, g, [x, u], [ofX, ofU]) => (ofX || ofU ? null : b.conv2dToKernel(x, u, { ...g, bySample: true })),
  columns: 'mixed',
  flops: (_, [, u], g) => 2 * size(u) * taps(g),
  show: (operands, g) => `conv2dToKernel ${operands.join(' ')}${showGeometry(g)}${g.bySample ? ' by sample' : ''}`,
  run: (g, [{ rows, cols: inputs, data: x }, { cols: outputs, data: u }], { data: out }) => {
    out.fill(0);
    const filters = outputs / outputOf(g).pixels;
    const stride = g.bySample ? filters * taps(g) : 0;
    eachRow(g, filters, (weight, output, input, columns) => {
      for (let n = 0; n < rows; n++) {
        const [from, to] = [n * inputs + input, n * outputs + output];
        let sum = 0;
        for (let j = 0; j < columns.length; j++) if (columns[j] >= 0) sum += x[from + columns[j]] * u[to + j];
        out[n * stride + weight] += sum;
      }
    });
  },
};

/** dx with K and x with dK, of each pair what moves. */
function tangentTerms(operands: readonly Value[], tangents: readonly Tangent[]): Value[] {
  return tangents.flatMap((tangent, i) => {
    if (tangent === null) return [];
    return i % 2 === 0 ? [tangent, operands[i + 1]] : [operands[i - 1], tangent];
  });
}

function imageProblem(x: Shape, g: Convolution): string | null {
  const problem = flaw(g);
  if (problem !== null) return problem;
  return x.kind === 'samples' && x.cols === imageSize(g) ? null : `images of ${g.channels}×${g.height}×${g.width}`;
}

function kernelProblem(K: Shape, first: Shape, g: Convolution): string | null {
  const fits = K.kind === 'fixed' && K.cols === taps(g) && K.rows >= 1 && K.rows % g.groups === 0;
  if (!fits) return `kernels of ${taps(g)} weights, as many for each of ${g.groups} groups`;
  return K.rows === (first as FixedShape).rows ? null : 'as many kernels in all terms';
}

function outputProblem(u: Shape, K: Shape, g: Convolution): string | null {
  const problem = flaw(g);
  if (problem !== null) return problem;
  const fits = u.kind === 'samples' && K.kind === 'fixed' && u.cols === K.rows * outputOf(g).pixels;
  return fits ? null : 'the image of the windows, a channel for each kernel';
}

function showGeometry(g: Convolution): string {
  const pads = [g.padTop, g.padLeft, g.padBottom, g.padRight];
  const parts = [` [${g.channels}×${g.height}×${g.width}; ${g.kernelHeight}×${g.kernelWidth}`];
  if (g.strideHeight * g.strideWidth > 1) parts.push(`stride ${g.strideHeight}×${g.strideWidth}`);
  if (pads.some((pad) => pad > 0)) parts.push(`${g.periodic ? 'periodic' : 'zero'} padding ${pads.join(' ')}`);
  if (g.groups > 1) parts.push(`${g.groups} groups`);
  return `${parts.join(', ')}]`;
}
