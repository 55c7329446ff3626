/**
 * @file What a dense step takes, in floating-point operations and in numbers kept: H summed up from the gradients of all
 * features, as native/assembly does it, and its factorisations.
 */
import type { Jacobian } from '../backend/backend.js';
import type { Network } from '../network/network.js';
import type { PerSample } from '../program/perSample.js';
import { primitives } from '../program/primitives.js';
import { flops, inputOf, type Program } from '../program/program.js';

/** A reduced least-squares problem: N samples and t targets; W has a bias or not. */
export interface Sizes {
  readonly samples: number;
  readonly targets: number;
  readonly bias: boolean;
  readonly jacobian: Jacobian;
}

/** Weights whose gradients are x ⊗ δ with the same δ: their inputs x (c), the units of δ (k), and what the features see. */
interface Group {
  readonly inputs: number;
  readonly units: number;
  /** Vectors that span the factors δ of all features. */
  readonly vectors: number;
  /** Pairs of a feature and a unit that it depends on. */
  readonly touches: number;
}

/** Factorisations of H + λI of a dense step, about. */
const factorizations = 3;
/** Rows of a chunk of the assembly, and numbers that it and the sums of the second part may take. */
export const [leastRows, mostRows, chunkNumbers, secondPartNumbers] = [32, 512, 2 ** 20, 2 ** 24];

/** Floating-point operations of a dense step. */
export function denseOperations(network: Network, perSample: PerSample, sizes: Sizes): number {
  const parts = partsOf(network, perSample, sizes);
  const { N, P, w, m, groups, rank, rounds } = parts;
  const gradients = w * flops(perSample.program, N) + sum(groups, ({ units, vectors }) => 6 * N * units * vectors);
  const second = rounds > 0 ? contraction(parts, m, sizes.targets) : 0;
  const solve = (factorizations * P ** 3) / 3;
  return Math.max(rounds, 1) * gradients + grams(parts) + contraction(parts, rank, m) + second + solve;
}

/** The numbers that an objective keeps for dense steps: H, a factor of it, the sums and chunks that H is made of. */
export function denseNumbers(network: Network, perSample: PerSample, sizes: Sizes): number {
  const parts = partsOf(network, perSample, sizes);
  const { P, m, rank, rounds, chunk } = parts;
  const second = rounds > 0 ? contractionNumbers(parts, m, Math.ceil(sizes.targets / rounds)) : 0;
  const kept = 3 * P * P + chunk.rows * chunk.numbers + rowNumbers(parts);
  return kept + contractionNumbers(parts, rank, m) + second;
}

/** What the assembly is made of. */
interface Parts {
  readonly N: number;
  readonly P: number;
  readonly w: number;
  readonly m: number;
  /** Of WᵀW. */
  readonly rank: number;
  readonly groups: readonly Group[];
  /** Weights without a factor. */
  readonly others: number;
  /** Features, where some groups are sparse: their sums are weighted by WᵀW besides. */
  readonly weighted: number;
  /** Of the second part, which takes some targets at a time; 0 without it. */
  readonly rounds: number;
  /** Samples in a chunk, and numbers for each. */
  readonly chunk: { readonly rows: number; readonly numbers: number };
}

function partsOf({ weights: P, features: w }: Network, perSample: PerSample, sizes: Sizes): Parts {
  const { samples: N, targets: t, bias, jacobian } = sizes;
  const m = w + Number(bias);
  const groups = factorGroups(perSample, w);
  const others = P - sum(groups, ({ inputs, units }) => inputs * units);
  const units = sum(groups, (group) => group.units);
  const numbers = w * (2 * others + 5 * units) + (units * (units + 1)) / 2;
  const rows = Math.min(Math.max(chunkNumbers / numbers, leastRows), mostRows, N);
  const weighted = groups.some((group) => isSparse(group, w)) ? w : 0;
  const rounds = jacobian === 'golub-pereyra' ? Math.ceil((P * m * t) / secondPartNumbers) : 0;
  return { N, P, w, m, rank: Math.min(t, w), groups, others, weighted, rounds, chunk: { rows, numbers } };
}

/** Units that see few features are summed by feature. */
function isSparse({ touches, units }: Group, features: number): boolean {
  return 4 * touches <= features * units;
}

/** Σ_n J_nᵀ(WᵀW)J_n (FactorGram, RowGram). */
function grams({ N, groups, others, rank }: Parts): number {
  const triangle = (n: number) => (n * (n + 1)) / 2;
  const pairs = groups.flatMap((left, l) =>
    groups.slice(l).map((right, i) => {
      const isSame = i === 0;
      const inputs = isSame ? triangle(left.inputs) : left.inputs * right.inputs;
      const units = isSame ? triangle(left.units) : left.units * right.units;
      return 2 * N * (inputs * units + (left.units + 1) * right.touches);
    }),
  );
  const cross = sum(groups, ({ inputs, units }) => 2 * N * units * others * (rank + inputs));
  return sum(pairs, (count) => count) + cross + N * rank * others * others;
}

function rowNumbers({ m, rank, groups, others, chunk: { rows } }: Parts): number {
  if (others === 0) return 0;
  const factored = sum(groups, ({ inputs, units }) => inputs * units);
  const units = sum(groups, (group) => group.units);
  const products = Math.min(rows * units * others, chunkNumbers);
  return others * (others + factored) + rows * (m * others + rank * units) + products;
}

/** Σ_q b_q b_qᵀ of sums over the samples with some columns, by some combinations of features (Contraction). */
function contraction(parts: Parts, combinations: number, columns: number): number {
  const { N, P, w, groups, others, weighted, chunk } = parts;
  const chunks = Math.ceil(N / chunk.rows);
  const sums = sum(groups, (group) => {
    const { inputs, units, vectors, touches } = group;
    const gathered = isSparse(group, w) ? touches : units * vectors * (combinations + weighted);
    return 2 * columns * inputs * (N * vectors + chunks * gathered);
  });
  const sparse = sparseWeights(parts);
  const rows = 2 * N * others * columns * (combinations + weighted);
  return sums + rows + columns * (combinations * (P - sparse) ** 2 + 2 * sparse * (P + w));
}

function contractionNumbers(parts: Parts, combinations: number, columns: number): number {
  const { P, w, groups, weighted } = parts;
  const sums = (P - sparseWeights(parts)) * combinations + P * weighted;
  const bases = sum(groups, ({ inputs, vectors }) => inputs * vectors);
  const coefficients = sum(groups, (group) => {
    return isSparse(group, w) ? 0 : group.units * group.vectors * (combinations + weighted);
  });
  return columns * (sums + bases) + coefficients;
}

function sparseWeights({ groups, w }: Parts): number {
  return sum(groups, (group) => (isSparse(group, w) ? group.inputs * group.units : 0));
}

/** As the assembly groups them: blocks of the same factor together, a bias being an input of 1. */
function factorGroups({ program, kronecker, columns }: PerSample, w: number): Group[] {
  const gradients = columns.length === 0 ? [] : summands(program, outputValue(program, 0));
  const kinds = dependences(program);
  const inputs = new Map<number, number>();
  const units = new Map<number, number>();
  kronecker.forEach((block, k) => {
    const factor = outputValue(program, k + (columns.length === 0 ? 0 : 1));
    inputs.set(factor, (inputs.get(factor) ?? 0) + block.inputs);
    units.set(factor, block.units);
  });
  return [...inputs].map(([factor, count]) => {
    const k = units.get(factor) as number;
    const alike = Math.min(w, k);
    const touches = kinds[factor] === own ? alike : w * k;
    const vectors = kinds[factor] === multiple ? w : touches;
    return { inputs: count + gradients.filter((part) => part === factor).length, units: k, vectors, touches };
  });
}

function outputValue(program: Program, index: number): number {
  const output = program.outputs.find((output) => output.kind === 'samples' && output.index === index);
  return output?.value ?? -1;
}

function summands(program: Program, value: number): readonly number[] {
  const { op, operands } = program.instructions[value];
  return primitives[op].columns === 'joined' ? operands : [value];
}

/** What a unit of a layer has to do with the features: those of its own, one multiple for all units, or anything. */
const [own, multiple, free] = [0, 1, 2];

/** By value: −1 where the cotangent of the features does not enter. */
function dependences({ instructions, sampleInputs }: Program): number[] {
  const found: number[] = [];
  for (const instruction of instructions) {
    const { op, operands } = instruction;
    const { columns } = primitives[op];
    const input = inputOf(instruction);
    const isCotangent = input?.kind === 'samples' && input.index === sampleInputs.length - 1;
    const before = isCotangent ? own : Math.max(-1, ...operands.map((operand) => found[operand]));
    if (columns === 'mixed' && before === own) found.push(multiple);
    else if (columns === 'multiplied' && before === multiple) found.push(free);
    else found.push(before);
  }
  return found;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
