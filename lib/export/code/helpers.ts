/** @file The loops that exported code consists of, each a procedure of one sample. */
import type { UnaryKind } from '../../program/functions.js';
import { imageLoops } from './images.js';
import type { Procedure } from './procedure.js';

const loops = {
  add: define('const double *a, const double *b, int n', 'for (int i = 0; i < n; i++) out[i] = a[i] + b[i];'),
  subtract: define('const double *a, const double *b, int n', 'for (int i = 0; i < n; i++) out[i] = a[i] - b[i];'),
  multiply: define('const double *a, const double *b, int n', 'for (int i = 0; i < n; i++) out[i] = a[i] * b[i];'),
  scale: define('const double *a, double factor, int n', 'for (int i = 0; i < n; i++) out[i] = factor * a[i];'),
  /** a as every `stride`th entry from `begin`. */
  place: define(
    'int begin, int stride, const double *a, int n',
    'for (int i = 0; i < n; i++) out[begin + i * stride] = a[i];',
  ),
  /** x M, M inner × n row by row. */
  times: define(
    'const double *x, const double *M, int inner, int n',
    'for (int j = 0; j < n; j++) out[j] = 0;',
    'for (int k = 0; k < inner; k++) {',
    '  for (int j = 0; j < n; j++) out[j] += x[k] * M[k * n + j];',
    '}',
  ),
  /** x Mᵀ, M n × inner row by row. */
  timesTransposed: define(
    'const double *x, const double *M, int inner, int n',
    'for (int j = 0; j < n; j++) {',
    '  double sum = 0;',
    '  for (int k = 0; k < inner; k++) sum += x[k] * M[j * inner + k];',
    '  out[j] = sum;',
    '}',
  ),
  gather: define(
    'const double *a, const int *table, int n',
    'for (int i = 0; i < n; i++) out[i] = table[i] < 0 ? 0 : a[table[i]];',
  ),
  scatter: define(
    'const double *a, const int *table, int entries, int n',
    'for (int i = 0; i < n; i++) out[i] = 0;',
    'for (int i = 0; i < entries; i++) {',
    '  if (table[i] >= 0) out[table[i]] += a[i];',
    '}',
  ),
  unit: define('int at, int n', 'for (int i = 0; i < n; i++) out[i] = i == at ? 1 : 0;'),
  softmax: define(
    'const double *s, int n',
    'double most = s[0];',
    'double sum = 0;',
    'for (int i = 1; i < n; i++) most = s[i] > most ? s[i] : most;',
    'for (int i = 0; i < n; i++) {',
    '  out[i] = exp(s[i] - most);',
    '  sum += out[i];',
    '}',
    'for (int i = 0; i < n; i++) out[i] /= sum;',
  ),
};

type Loop = keyof typeof loops | keyof typeof imageLoops;

/** σ(x[i]) and σ′(x[i]), given y[i] = σ(x[i]), with the parameter `eta` of those that have one. */
const functions: Readonly<Record<UnaryKind, { value: string; derivative: string; parameter?: true }>> = {
  tanh: { value: 'tanh(x[i])', derivative: '(1 - y[i]) * (1 + y[i])' },
  sigmoid: { value: sigmoid('x[i]'), derivative: 'y[i] * (1 - y[i])' },
  relu: { value: 'x[i] < 0 ? 0 : x[i]', derivative: 'x[i] >= 0 ? 1 : x[i] < 0 ? 0 : x[i]' },
  smoothRelu: {
    parameter: true,
    value: 'x[i] > eta ? x[i] : x[i] < -eta ? 0 : 0.25 * (x[i] + eta) * ((x[i] + eta) / eta)',
    derivative: 'x[i] > eta ? 1 : x[i] < -eta ? 0 : 0.5 * (x[i] + eta) / eta',
  },
  softplus: { value: 'log1p(exp(-fabs(x[i]))) + (x[i] < 0 ? 0 : x[i])', derivative: sigmoid('x[i]') },
  sine: { value: 'sin(x[i])', derivative: 'cos(x[i])' },
  exp: { value: 'exp(x[i])', derivative: 'y[i]' },
  inverseSqrt: { value: '1 / sqrt(x[i])', derivative: '-0.5 * y[i] * (y[i] * y[i])' },
};

/** Without overflow, and without loss of small values. */
function sigmoid(x: string): string {
  return `(${x} < 0 ? exp(${x}) : 1) / (1 + exp(-fabs(${x})))`;
}

export type Helper = Loop | `${UnaryKind}Values` | `${UnaryKind}Derivatives`;

export const helpers = Object.fromEntries([
  ...Object.entries(loops).map(([name, { parameters, lines }]) => [name, { name, parameters, buffers: [], lines }]),
  ...Object.entries(imageLoops).map(([name, [parameters, lines]]) => [
    name,
    { name, buffers: [], ...define(parameters, ...lines) },
  ]),
  ...Object.entries(functions).flatMap(([kind, { value, derivative, parameter }]) => {
    const last = parameter ? 'int n, double eta' : 'int n';
    return [
      elementwise(`${kind}Values`, `const double *x, ${last}`, value),
      elementwise(`${kind}Derivatives`, `const double *x, const double *y, ${last}`, derivative),
    ];
  }),
]) as Readonly<Record<Helper, Procedure>>;

function elementwise(name: string, parameters: string, entry: string): [string, Procedure] {
  return [name, { name, buffers: [], ...define(parameters, `for (int i = 0; i < n; i++) out[i] = ${entry};`) }];
}

/** All write into `out`, their first parameter. */
function define(parameters: string, ...lines: string[]): Pick<Procedure, 'parameters' | 'lines'> {
  return { parameters: ['double *out', ...parameters.split(', ')], lines };
}
