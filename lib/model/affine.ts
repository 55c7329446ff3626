/**
 * @file The scaling of a model as part of its program and of W, so that whole predictions and derivatives in original
 * units run off the main thread.
 */
import { scaled } from '../data/scaled.js';
import type { Scaling } from '../data/scaling.js';
import { leadingColumns, matrix } from '../linalg/matrix.js';
import { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { inputOf, type Program } from '../program/program.js';
import { declareInputs, replay, type ValueMap } from '../program/replay.js';
import { featureCount, type ModelParts } from './parts.js';

/** The network on inputs in original units: (Y − shift) / scale comes first, and the rotation if there is one. */
export function withInputScaling(forward: Program, scaling: Scaling): Program {
  if (isIdentity(scaling)) return forward;
  const b = new ProgramBuilder(forward.name);
  b.declareSamples(forward.sampleInputs[0].name, scaling.shift.length);
  for (const vector of forward.vectorInputs) b.declareVector(vector.name, vector.length);
  const map: ValueMap = [];
  forward.instructions.forEach((instruction, id) => {
    const value = replay(b, forward, id, map);
    map[id] = inputOf(instruction)?.kind === 'samples' ? scaled(b, value, scaling) : value;
  });
  b.declareSampleOutput(forward.sampleOutputs[0].name, map[forward.outputs[0].value] as Value);
  return b.build();
}

function isIdentity({ shift, scale, rotation }: Scaling): boolean {
  return rotation === undefined && Array.from(shift).every((x) => x === 0) && Array.from(scale).every((x) => x === 1);
}

/** The whole model, in original units: scaling, network, last layer. */
export function wholeProgram(parts: ModelParts): Program {
  const features = withInputScaling(parts.forward, parts.scaling.inputs);
  const b = new ProgramBuilder('model');
  declareInputs(b, features);
  const map: ValueMap = [];
  for (let id = 0; id < features.instructions.length; id++) map[id] = replay(b, features, id, map);
  const Z = map[features.outputs[0].value] as Value;
  const [w, t] = [Z.shape.cols, parts.outputs];
  const W = matrix(t, w + 1, withTargetScaling(parts));
  const bias = W.data.filter((_, i) => i % (w + 1) === w);
  const product = b.matmul(Z, b.constant(t, w, leadingColumns(W, w).data), { tb: true });
  b.declareSampleOutput('outputs', b.addRow(product, b.constant(1, t, bias)));
  return b.build();
}

/** The last layer in original units, outputs × (features + 1): diag(scale) W, and the shift in its bias. */
export function withTargetScaling(parts: ModelParts): Float64Array {
  const { W, bias, outputs } = parts;
  const { shift, scale } = parts.scaling.targets;
  const w = featureCount(parts);
  const m = w + Number(bias);
  const result = new Float64Array(outputs * (w + 1));
  for (let o = 0; o < outputs; o++) {
    for (let j = 0; j < m; j++) result[o * (w + 1) + j] = scale[o] * W[o * m + j];
    result[o * (w + 1) + w] += shift[o];
  }
  return result;
}
