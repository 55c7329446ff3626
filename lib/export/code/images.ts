/** @file The loops over images in exported code. Images lie channel by channel. */
import { join } from '../../linalg/vector.js';
import { byChannel, type Convolution, meetings, outputOf, type Windows } from '../../program/windows.js';

/** Parameters and lines. */
type Loop = readonly [parameters: string, lines: readonly string[]];

/** All weights of all filters, each with the pixels that it meets: `rows` and `columns` say which, by kernel row and column. */
function convolution(statement: string): Loop {
  return [
    'const double *x, const double *K, const int *rows, const int *columns, int groups, int share, int channels, ' +
      'int height, int width, int kernelHeight, int kernelWidth, int outHeight, int outWidth',
    [
      'int weight = 0;',
      'for (int f = 0; f < groups * share; f++) {',
      '  int first = (f - f % share) / share * channels;',
      '  for (int c = first; c < first + channels; c++) {',
      '    for (int i = 0; i < kernelHeight; i++) {',
      '      for (int j = 0; j < kernelWidth; j++) {',
      '        for (int k = 0; k < outHeight * outWidth; k++) {',
      '          int row = rows[i * outHeight + (k - k % outWidth) / outWidth];',
      '          int column = columns[j * outWidth + k % outWidth];',
      '          int pixel = (c * height + row) * width + column;',
      '          int o = f * outHeight * outWidth + k;',
      `          if (row >= 0 && column >= 0) ${statement}`,
      '        }',
      '        weight++;',
      '      }',
      '    }',
      '  }',
      '}',
    ],
  ];
}

/** All windows: `o` counts them, `pixel` is the first of the window. */
function pooling(operands: string, ...statements: readonly string[]): Loop {
  return [
    `${operands}, int channels, int height, int width, int kernelHeight, int kernelWidth, int strideHeight, ` +
      'int strideWidth, int outHeight, int outWidth',
    [
      'for (int o = 0; o < channels * outHeight * outWidth; o++) {',
      '  int column = o % outWidth;',
      '  int row = (o - column) / outWidth % outHeight;',
      '  int channel = (o - column - row * outWidth) / (outHeight * outWidth);',
      '  int first = (channel * height + row * strideHeight) * width + column * strideWidth;',
      ...statements.map((line) => `  ${line}`),
      '}',
    ],
  ];
}

const ofWindow = (...statements: readonly string[]) => [
  'for (int k = 0; k < kernelHeight * kernelWidth; k++) {',
  '  int pixel = first + (k - k % kernelWidth) / kernelWidth * width + k % kernelWidth;',
  ...statements.map((line) => `  ${line}`),
  '}',
];

export const imageLoops = {
  zeros: ['int n', ['for (int i = 0; i < n; i++) out[i] = 0;']],
  addConvolution: convolution('out[o] += K[weight] * x[pixel];'),
  addTransposedConvolution: convolution('out[pixel] += K[weight] * x[o];'),
  averages: pooling(
    'const double *x',
    'double sum = 0;',
    ...ofWindow('sum += x[pixel];'),
    'out[o] = sum / (kernelHeight * kernelWidth);',
  ),
  addAverages: pooling('const double *u', ...ofWindow('out[pixel] += u[o] / (kernelHeight * kernelWidth);')),
  maxima: pooling(
    'const double *x',
    'out[o] = x[first];',
    ...ofWindow('if (x[pixel] > out[o] || x[pixel] != x[pixel]) out[o] = x[pixel];'),
  ),
  places: pooling(
    'const double *x',
    'double best = x[first];',
    'out[o] = 0;',
    ...ofWindow('if (x[pixel] > best) out[o] = k;', 'if (x[pixel] > best) best = x[pixel];'),
  ),
  pick: pooling('const double *x, const double *at', 'out[o] = 0;', ...ofWindow('if (at[o] == k) out[o] = x[pixel];')),
  addPicked: pooling('const double *u, const double *at', ...ofWindow('if (at[o] == k) out[pixel] += u[o];')),
  addToChannels: [
    'const double *a, const double *row, int channels, int length',
    ['for (int i = 0; i < channels * length; i++) out[i] = a[i] + row[(i - i % length) / length];'],
  ],
} as const satisfies Record<string, Loop>;

/** What the convolution loops are told after image and kernels. */
export function convolutionOperands(g: Convolution, filters: number, table: (indices: Int32Array) => string) {
  const { rows, columns } = tablesOf(g);
  const { height, width } = outputOf(g);
  const share = filters / g.groups;
  const sizes = [g.groups, share, g.channels / g.groups, g.height, g.width, g.kernelHeight, g.kernelWidth];
  return [table(rows), table(columns), ...sizes, height, width];
}

/** One object for each geometry, so that the code has its numbers once. */
const known = new WeakMap<Convolution, { rows: Int32Array; columns: Int32Array }>();

function tablesOf(g: Convolution) {
  const found = known.get(g) ?? joined(g);
  known.set(g, found);
  return found;
}

function joined(g: Convolution) {
  const { rows, columns } = meetings(g);
  const flat = (tables: readonly Int32Array[]) => Int32Array.from(join(...tables.map((t) => Float64Array.from(t))));
  return { rows: flat(rows), columns: flat(columns) };
}

export function windowOperands(w: Windows): number[] {
  const { height, width } = outputOf(byChannel(w));
  const kernel = [w.kernelHeight, w.kernelWidth, w.strideHeight, w.strideWidth];
  return [w.channels, w.height, w.width, ...kernel, height, width];
}
