/** @file A model as an ONNX file. */
import { checkOneOf } from '../../validate/check.js';
import { version } from '../../version.js';
import type { Exported } from '../exported.js';
import { Graph, type Precision } from './graph.js';
import { encode, type Message } from './messages.js';
import { inputName, operators } from './operators.js';
import type { Operator } from './place.js';

export interface OnnxOptions {
  /** Of weights, inputs and outputs (default `float32`, which every runtime has). */
  readonly precision?: Precision;
  /** Of a classifier: adds the output `probabilities` (default false). */
  readonly probabilities?: boolean;
}

/** Of 2021: older runtimes still in use read it, and nothing here needs a newer one. */
const opset = 17;
const irVersion = 8;

export function toOnnx(exported: Exported, { precision = 'float32', probabilities = false }: OnnxOptions): Uint8Array {
  checkOneOf(precision, 'precision', ['float32', 'float64']);
  checkOneOf(probabilities, 'probabilities', [true, false]);
  const { program, inverseLink, inputs, outputs } = exported;
  const g = new Graph(precision);
  const names: string[] = [];
  for (const { op, operands, attributes, shape } of program.instructions) {
    const shapes = operands.map((operand) => program.instructions[operand].shape);
    const place = { operands: operands.map((operand) => names[operand]), shapes, attributes, shape };
    names.push((operators[op] as Operator<unknown>)(g, place));
  }
  const ports = [port(g, 'outputs', outputs)];
  g.node('Identity', [names[program.outputs[0].value]], {}, 'outputs');
  if (probabilities) {
    if (inverseLink === 'softmax') g.node('Softmax', ['outputs'], { axis: 1 }, 'probabilities');
    else g.node('Sigmoid', ['outputs'], {}, 'probabilities');
    ports.push(port(g, 'probabilities', outputs));
  }
  return encode({
    irVersion,
    producerName: 'gnvpro',
    producerVersion: version,
    opsetImport: { domain: '', version: opset },
    metadata: metadataOf(exported),
    graph: { name: 'model', node: g.nodes, initializer: g.tensors, input: port(g, inputName, inputs), output: ports },
  });
}

/** Rows are samples, as many as the caller brings. */
function port({ elementType }: Graph, name: string, columns: number): Message<'Port'> {
  const dim = [{ parameter: 'samples' }, { value: columns }];
  return { name, type: { tensor: { element: elementType, shape: { dim } } } };
}

/** Lists as JSON. */
function metadataOf({ inputNames, outputNames, classes }: Exported): Message<'Entry'>[] {
  return Object.entries({ inputNames, outputNames, classes })
    .filter(([, list]) => list !== null)
    .map(([key, list]) => ({ key, value: JSON.stringify(list) }));
}
