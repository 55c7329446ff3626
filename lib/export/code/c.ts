/** @file A model as one file of C99. */
import { invalid } from '../../validate/check.js';
import { version } from '../../version.js';
import type { Exported } from '../exported.js';
import { codeOf } from './code.js';
import { entries, indented, literal, nameOf, type Procedure } from './procedure.js';

export interface COptions {
  /** What the names of all functions begin with (default `model`). */
  readonly name?: string;
}

export function toC(exported: Exported, { name = 'model' }: COptions): string {
  if (typeof name !== 'string' || !isIdentifier(name)) {
    throw invalid('letters, digits and underscores, the first of them a letter,', 'name', name);
  }
  const { procedures, constants, tables } = codeOf(exported);
  return [
    head(exported, name, Math.max(...procedures.map(stackOf))),
    '#include <math.h>\n',
    ...names(exported, name),
    ...[...constants].map(([values, id]) => array('double', id, Array.from(values, literal))),
    ...[...tables].map(([indices, id]) => array('int', id, Array.from(indices, String))),
    ...procedures.map(procedure),
    ...publicFunctions(exported, name).map(
      ({ head, inner, result }) => `${head} {\n  ${inner}(inputs, ${result});\n}\n`,
    ),
  ].join('\n');
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z]\w*$/.test(name);
}

interface PublicFunction {
  readonly head: string;
  readonly inner: string;
  readonly result: string;
  readonly says: string;
}

function publicFunctions({ inputs, outputs, inverseLink }: Exported, name: string): PublicFunction[] {
  const define = (verb: string, inner: string, result: string, says: string) => ({
    head: `void ${name}_${verb}(const double *inputs, double *${result})`,
    ...{ inner, result, says },
  });
  return [
    define('predict', 'evaluate', 'outputs', `${inputs} numbers to ${outputs}`),
    define('jacobian', 'differentiate', 'jacobian', `d outputs[o] / d inputs[i] at jacobian[o * ${inputs} + i]`),
    ...(inverseLink === null
      ? []
      : [define('probabilities', 'estimate', 'probabilities', `${inputs} numbers to ${outputs}`)]),
  ];
}

function head(exported: Exported, name: string, stack: number): string {
  const declarations = publicFunctions(exported, name).map(({ head, says }) => `   ${head}; (${says})\n`);
  return `/* Made by gnvpro ${version}: ${exported.inputs} inputs, ${exported.outputs} outputs. C99; links with -lm.

   One sample a call, in original units; safe to call from several threads.

${declarations.join('')}
   A call takes about ${stack + 1} KiB of stack. */
`;
}

/** In KiB. */
function stackOf({ buffers }: Procedure): number {
  return Math.ceil(buffers.reduce((sum, { length }) => sum + 8 * length, 0) / 1024);
}

function names({ inputs, outputs, inputNames, outputNames }: Exported, name: string): string[] {
  const list = (what: string, texts: readonly string[] | null) =>
    texts === null
      ? []
      : [`const char *const ${name}_${what}[${texts.length}] = {\n${entries(texts.map(quoted))}\n};\n`];
  return [
    `const int ${name}_inputs = ${inputs};\nconst int ${name}_outputs = ${outputs};\n`,
    ...list('input_names', inputNames),
    ...list('output_names', outputNames),
  ];
}

/** Of UTF-8. Octal escapes end after three digits; those of question marks leave no trigraphs. */
function quoted(text: string): string {
  const bytes = Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w !#$%&'()*+,./:;<=>@[\]^`{|}~-]/.test(character) && byte < 127
      ? character
      : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}

function array(type: string, name: string, values: readonly string[]): string {
  return `static const ${type} ${name}[${values.length}] = {\n${entries(values)}\n};\n`;
}

function procedure({ name, parameters, buffers, lines }: Procedure): string {
  const arrays = buffers.map((buffer) => `double ${buffer.name}[${buffer.length}];`);
  const body = [...arrays, ...lines];
  const unused = parameters.map(nameOf).filter((name) => !body.some((line) => new RegExp(`\\b${name}\\b`).test(line)));
  return `static void ${name}(${parameters.join(', ')}) {\n${indented([...body, ...unused.map((name) => `(void)${name};`)])}}\n`;
}
