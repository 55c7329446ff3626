/** @file A model as one ES module, for browsers, workers and whatever else runs JavaScript. */
import { version } from '../../version.js';
import type { Exported } from '../exported.js';
import { codeOf } from './code.js';
import { entries, indented, literal, nameOf, type Procedure } from './procedure.js';

export function toModule(exported: Exported): string {
  const { inputs, outputs, inverseLink, classes, inputNames, outputNames } = exported;
  const { procedures, constants, tables } = codeOf(exported);
  const list = (texts: readonly (string | number)[] | null) => JSON.stringify(texts);
  return [
    `// Made by gnvpro ${version}: ${inputs} inputs, ${outputs} outputs. An ES module without dependencies.\n`,
    `export const inputs = ${inputs};\nexport const outputs = ${outputs};`,
    `export const inputNames = ${list(inputNames)};\nexport const outputNames = ${list(outputNames)};`,
    `export const classes = ${list(classes)};\n`,
    publicFunctions,
    inverseLink === null ? '' : ofProbabilities,
    classes === null ? '' : ofClasses,
    rows,
    'const { tanh, exp, log1p, sin, cos, sqrt, abs: fabs } = Math;\n',
    ...[...constants].map(([values, id]) => array('Float64Array', id, Array.from(values, literal))),
    ...[...tables].map(([indices, id]) => array('Int32Array', id, Array.from(indices, String))),
    ...procedures.map(procedure),
  ].join('\n');
}

const publicFunctions = `/** Samples, N × inputs (rows, or all numbers row by row), to N × outputs, row by row, in original units. */
export function predict(samples) {
  return each(samples, outputs, evaluate);
}

/** d output o / d input i of sample n at (n * outputs + o) * inputs + i. */
export function jacobian(samples) {
  return each(samples, outputs * inputs, differentiate);
}
`;

const ofProbabilities = `/** N × outputs, row by row. */
export function predictProbabilities(samples) {
  return each(samples, outputs, estimate);
}
`;

const ofClasses = `/** The most probable class of each sample. */
export function predictClasses(samples) {
  const logits = predict(samples);
  return Array.from({ length: logits.length / outputs }, (_, n) => {
    const row = logits.subarray(n * outputs, (n + 1) * outputs);
    return classes[row.indexOf(row.reduce((most, logit) => (logit > most ? logit : most)))];
  });
}
`;

const rows = `function each(samples, width, compute) {
  const given = numbersOf(samples);
  const count = given.length / inputs;
  const results = new Float64Array(count * width);
  for (let n = 0; n < count; n++) {
    compute(given.subarray(n * inputs, (n + 1) * inputs), results.subarray(n * width, (n + 1) * width));
  }
  return results;
}

function numbersOf(samples) {
  const isRows = Array.isArray(samples) && samples.length > 0 && typeof samples[0] !== 'number';
  const misfit = (isRows ? samples : [samples]).find(({ length }) => (isRows ? length !== inputs : !(length % inputs === 0)));
  if (misfit !== undefined) throw new RangeError(\`Expected \${inputs} numbers a sample but received \${misfit.length}.\`);
  const numbers = Float64Array.from(isRows ? samples.flatMap((row) => Array.from(row)) : samples);
  if (!numbers.every(Number.isFinite)) throw new RangeError('Expected finite numbers for the samples.');
  return numbers;
}
`;

function array(type: string, name: string, values: readonly string[]): string {
  return `const ${name} = new ${type}([\n${entries(values)}\n]);\n`;
}

/** Buffers live as long as the module: no two calls of a procedure run at a time. */
function procedure({ name, parameters, buffers, lines }: Procedure): string {
  const arrays = buffers.map((buffer) => `const ${buffer.name} = new Float64Array(${buffer.length});\n`);
  const body = lines.map((line) => line.replace(/\b(?:int|double) (?=\w)/g, 'let '));
  return `${arrays.join('')}function ${name}(${parameters.map(nameOf).join(', ')}) {\n${indented(body)}}\n`;
}
