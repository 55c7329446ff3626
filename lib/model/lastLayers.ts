/** @file A program that ends with the last layer of each member, whose features stand side by side. */
import { ProgramBuilder } from '../program/builder.js';
import { eliminateDeadCode } from '../program/eliminate.js';
import type { Value } from '../program/emitter.js';
import type { Program } from '../program/program.js';
import { replay, type ValueMap } from '../program/replay.js';
import type { PosteriorSizes } from './posterior.js';

/**
 * Y and the vector of θ and the members' L (rows × m each) → their Z̃Lᵀ side by side, N × (members · rows). `features`: Y,
 * θ → Z.
 */
export function withLastLayers(features: Program, sizes: PosteriorSizes, rows: number): Program {
  const { members, weights, columns } = sizes;
  const b = new ProgramBuilder('last layers');
  for (const { name, cols } of features.sampleInputs) b.declareSamples(name, cols);
  const vector = b.declareVector('weights', members * (weights + rows * columns));
  const map: ValueMap = [];
  for (let id = 0; id < features.instructions.length; id++) map[id] = replay(b, features, id, map);
  const Z = map[features.outputs[0].value] as Value;
  const products = Array.from({ length: members }, (_, k) => {
    const L = b.vectorInput(vector, members * weights + k * rows * columns, rows, columns);
    return b.matmul(ofMember(b, Z, sizes, k), L, { tb: true });
  });
  b.declareSampleOutput('outputs', b.concat(products));
  return eliminateDeadCode(b.build());
}

/** Z̃ */
function ofMember(b: ProgramBuilder, Z: Value, { features, columns }: PosteriorSizes, k: number): Value {
  const indices = Array.from({ length: features }, (_, j) => k * features + j);
  const own = b.gather(Z, indices, { kind: 'samples', cols: features });
  return columns > features ? b.concat([own, b.broadcastRow(b.constant(1, 1, [1]))]) : own;
}
