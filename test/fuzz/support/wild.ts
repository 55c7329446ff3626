/** @file Objectives that no network has, with w features: programs that fit together by their interfaces and are random otherwise. */
import { jacobians } from '../../../lib/backend/backend.js';
import { loadNative, type NativeProgram, type ObjectiveConfig } from '../../../lib/binding.js';
import { encode } from '../../../lib/program/encode.js';
import type { KroneckerBlock } from '../../../lib/program/perSample.js';
import type { QuadraticRegularizer } from '../../../lib/regularizer/quadratic.js';
import type { Choice } from './choice.js';
import { type Interface, randomProgram } from './generate.js';
import { properLoss, randomTolerance, randomWeights, wildLoss } from './losses.js';

const native = loadNative();

export function wildConfig(choice: Choice, w: number): ObjectiveConfig {
  const [d, weights] = [choice.integer(0, 4), choice.integer(1, 8)];
  const residuals = Array.from({ length: choice.integer(0, 2) }, () => choice.integer(0, 4));
  const fixedResiduals = choice.integer(0, 4);
  const arrays = [d, ...residuals];
  const vectors = [weights, fixedResiduals];
  const program = (shape: Partial<Interface>) => load(choice, shape);
  const linearize = () =>
    program({
      sampleInputs: [d],
      vectorInputs: [weights],
      sampleOutputs: [w, ...residuals],
      vectorOutputs: [fixedResiduals],
    });
  const layout = choice.chance(0.7) ? randomLayout(choice, arrays, weights) : null;
  const [samples, targetColumns] = [choice.pick([1, 2, 9, 40, 300]), choice.integer(1, 3)];
  const isWild = choice.chance(0.2);
  const values = isWild ? choice.wildReals.bind(choice) : choice.reals.bind(choice);
  const proper = choice.chance(0.5);
  const { loss, targets } = proper
    ? properLoss(choice, samples, targetColumns)
    : wildLoss(choice, samples, targetColumns, isWild);
  return {
    derivatives: choice.chance(0.3) ? 'recomputed' : 'stored',
    linearize: linearize(),
    jvp: program({ sampleInputs: arrays, vectorInputs: [...vectors, weights], sampleOutputs: [w] }),
    vjp: program({ sampleInputs: [...arrays, w], vectorInputs: vectors, vectorOutputs: [weights] }),
    perSample:
      layout && program({ sampleInputs: [...arrays, w], vectorInputs: vectors, sampleOutputs: layout.outputs }),
    columnsInFlight: choice.pick([1, 30, 2 ** 31]),
    kronecker: layout?.blocks ?? null,
    perSampleColumns: layout?.columns ?? null,
    inputs: values(samples * d),
    targets,
    samples,
    targetColumns,
    weights,
    bias: choice.chance(0.5),
    loss,
    sampleWeights: randomWeights(choice, samples),
    innerTolerance: randomTolerance(choice),
    alphaW: choice.pick([loss.curvature === 'identity' ? 0 : 1e-8, 1e-300, 1e-3, 1, 1e300]),
    regularizer: randomRegularizer(choice, weights),
    jacobian: choice.pick(jacobians),
    threads: choice.integer(1, 3),
  };
}

const nothing: Interface = { sampleInputs: [], vectorInputs: [], sampleOutputs: [], vectorOutputs: [] };

function load(choice: Choice, shape: Partial<Interface>): NativeProgram {
  return new native.Program(encode(randomProgram(choice, { ...nothing, ...shape }, choice.integer(0, 8))));
}

/** Some of the weights in blocks, some in columns, each once. */
function randomLayout(choice: Choice, arrays: readonly number[], weights: number) {
  const blocks: KroneckerBlock[] = [];
  let offset = 0;
  for (const [array, inputs] of arrays.entries()) {
    const room = inputs === 0 ? 0 : Math.floor((weights - offset) / inputs);
    if (room === 0 || choice.chance(0.4)) continue;
    const units = choice.integer(1, Math.min(3, room));
    blocks.push({ array, offset, inputs, units });
    offset += inputs * units;
  }
  const rest = Array.from({ length: weights - offset }, (_, i) => weights - 1 - i);
  const columns = Int32Array.from(rest.filter(() => choice.chance(0.8)));
  const outputs = [...(columns.length > 0 ? [columns.length] : []), ...blocks.map(({ units }) => units)];
  return { blocks, columns, outputs };
}

/** Compressed rows, not symmetric, with repeated and empty ones. */
function randomRegularizer(choice: Choice, weights: number): QuadraticRegularizer {
  const counts = Array.from({ length: weights }, () => choice.integer(0, 2));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let end = 0;
  return {
    rowPointers: Int32Array.from([0, ...counts.map((count) => (end += count))]),
    columns: Int32Array.from({ length: total }, () => choice.integer(0, weights - 1)),
    values: choice.reals(total),
    reference: choice.chance(0.5) ? choice.reals(weights) : null,
  };
}
