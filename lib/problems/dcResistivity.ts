/** @file A direct-current resistivity survey: depth, size and azimuth of a buried body → fields on the surface. */
import { setImmediate } from 'node:timers/promises';
import { type Matrix, type MatrixLike, ownMatrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { throwIfAborted } from '../job/cancel.js';
import { addScaled } from '../linalg/vector.js';
import { Random } from '../random.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import { type Anomaly, AnomalySolver, findAnomaly, type GridPart } from './anomaly.js';
import { BoxGreen, type BoxGrid, type GridNode } from './boxGreen.js';
import { SampleCache } from './cache.js';
import { checkSampling, checkWatching } from './checkSampling.js';
import { type Ellipsoid, ellipsoidReach, ellipsoidShare } from './ellipsoid.js';
import { SurfaceArray } from './surfaceArray.js';

/** Metres along x, y and z; z is downwards from the surface z = 0. */
const EXTENT = [240, 240, 120] as const;
/** Conductivities of the ground, and in the middle of the body, in S/m. */
const BACKGROUND = 0.01;
const BODY = 0.1;
/** Amperes, from the one electrode to the other, both at y = 0 on the surface. */
const CURRENT = 1;
const ELECTRODES = [-96, 96] as const;
const ARRAY = { first: -60, spacing: 6, receivers: 21 } as const;
const MILLIVOLTS = 1000;

const INPUTS = 3;
const OUTPUTS = 2 * ARRAY.receivers ** 2;

/** Coordinates of the body's centre; off the middle, so that no two azimuths look alike. */
const CENTRE = [12, -6] as const;
/** Semi-axes in radii of the ball of equal volume, nearly. */
const SHAPE = [1.6, 0.8, 0.8] as const;
/** In the order of the columns. */
const RANGES = { depth: [30, 54], radius: [16, 32], azimuth: [0, Math.PI] } as const;

/** The version of what the options mean: another number, and no data of before are taken for those of now. */
const FORMAT = 1;

export interface DcResistivityOptions {
  /**
   * The parameters, N × 3 (depth, radius, azimuth), each in its range, instead of `samples` that are drawn with the
   * `seed`. Not with a `cache`.
   */
  inputs?: MatrixLike;
  /** Number of samples N, 1 to 1,000,000. Default 2000. */
  samples?: number;
  /** The seed of the parameters; the first samples of a longer run are those of a shorter one. Default 0. */
  seed?: number;
  /**
   * Cells along x, 20, 40, 60 or 80; as many along y, half along z. Default 40, where what a body adds to the fields is
   * some 3 % off; 20 is too coarse but for trials, and 80 takes some fifty times as long as 40.
   */
  grid?: number;
  /** A folder that keeps the data for the next time, made where it is missing. */
  cache?: string;
  /** Aborts between two samples; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Called after each sample with the part that is done, in (0, 1]. */
  onProgress?: (done: number) => void;
}

export interface DcResistivityData {
  /** N × 3: depth of the centre (m), radius (m), azimuth (rad). */
  readonly inputs: Matrix;
  /** N × 882, mV/m: E_x of the 441 receivers, then E_y; receiver (i, j), from the least x and y on, is number 21 i + j. */
  readonly targets: Matrix;
  readonly description: DcResistivityDescription;
}

export interface DcResistivityDescription {
  readonly name: string;
  readonly equation: string;
  /** The least and the greatest value of each parameter, in the order of the columns. */
  readonly ranges: Readonly<Record<'depth' | 'radius' | 'azimuth', readonly [number, number]>>;
  /** The 441 receivers (x, y), in metres from the middle. */
  readonly receivers: readonly (readonly [number, number])[];
  /** The electrodes (x, y): the current enters at the first. */
  readonly electrodes: readonly (readonly [number, number])[];
  readonly grid: number;
  /** Null for parameters that were given. */
  readonly seed: number | null;
}

/**
 * Generates a regression problem from a partial differential equation, of the kind that arXiv 2007.13171 takes for its
 * surrogate models: the electric potential u(x; y) of a current between two electrodes on the ground,
 *
 *     −∇·(m(x; y) ∇u) = I (δ(x − x₊) − δ(x − x₋)),    ∂u/∂n = 0 on the boundary,
 *
 * in a box of 240 m × 240 m × 120 m, x and y from −120 to 120, z downwards from the surface. I = 1 A enters at
 * (−96, 0, 0) and leaves at (96, 0, 0). The ground has m = 0.01 S/m; in a body around (12, −6, depth) it rises smoothly to
 * ten times as much: m = 0.01 · 10^((1 − q²)³) where q = (ξ/1.6r)² + (η/0.8r)² + (ζ/0.8r)² < 1, with ξ along the azimuth (from x
 * towards y), η across and ζ vertical. The parameters y, unless given, are independent and uniform: depth of the centre from 30 to
 * 54 m, radius r from 16 to 32 m, azimuth from 0 to π.
 *
 * Receivers on 21 × 21 points of the surface, 6 m apart, from −60 to 60, measure E = −∇u as the difference of potential of
 * two electrodes 6 m to either side, along x and along y.
 *
 * Method: finite volumes around the nodes of a uniform grid, second order. Only the body differs from a homogeneous box,
 * whose Green's function is known (`BoxGreen`), so each sample is a small symmetric problem (`AnomalySolver`), solved to
 * 1e-11. It runs on the calling thread, and gives way to others after each sample.
 *
 * @throws GnvproError ERR_OPTION for unknown or unsuitable options, what `predict` throws for inputs, as a rejection; the file system's error for a cache that
 *   cannot be written
 */
export async function generateDcResistivity(options: DcResistivityOptions = {}): Promise<DcResistivityData> {
  const { given, samples, seed, grid, cache: folder, signal, onProgress } = withDefaults(options);
  throwIfAborted(signal);
  const description = describe(grid, given === null ? seed : null);
  const key = { problem: 'dc-resistivity', format: FORMAT, samples, seed, grid };
  const cache = folder === undefined ? null : await SampleCache.open(folder, key, [INPUTS, OUTPUTS]);
  const kept = (await cache?.read()) ?? null;
  throwIfAborted(signal);
  if (kept !== null) {
    onProgress?.(1);
    return { ...kept, description };
  }
  const inputs = given ?? { data: parametersOf(samples, seed), shape: [samples, INPUTS] as const };
  const targets = { data: new Float64Array(samples * OUTPUTS), shape: [samples, OUTPUTS] as const };
  const survey = new DcSurvey(grid);
  for (let n = 0; n < samples; n++) {
    const [depth, radius, azimuth] = inputs.data.subarray(INPUTS * n, INPUTS * (n + 1));
    targets.data.set(survey.measure(bodyOf(depth, radius, azimuth)), n * OUTPUTS);
    onProgress?.((n + 1) / samples);
    await setImmediate();
    throwIfAborted(signal);
  }
  await cache?.write({ inputs, targets });
  return { inputs, targets, description };
}

function withDefaults(options: DcResistivityOptions) {
  const drawing = options?.inputs === undefined ? ['samples', 'seed', 'cache'] : [];
  checkOptions(options, ['inputs', ...drawing, 'grid', 'signal', 'onProgress'], 'generateDcResistivity');
  const given = options.inputs === undefined ? null : readParameters(options.inputs);
  const { samples = given?.shape[0] ?? 2000, seed = 0, grid = 40, cache, signal, onProgress } = options;
  checkSampling(samples, seed);
  if (![20, 40, 60, 80].includes(grid)) throw invalid('20, 40, 60 or 80', 'grid', grid);
  if (cache !== undefined && (typeof cache !== 'string' || cache === '')) throw invalid('a folder', 'cache', cache);
  checkWatching(signal, onProgress);
  return { given, samples, seed, grid, cache, signal, onProgress };
}

/** A copy. */
function readParameters(value: MatrixLike): Matrix {
  const inputs = ownMatrix(value, 'inputs');
  if (inputs.shape[1] !== INPUTS) {
    throw new GnvproError('ERR_SHAPE', `Expected N × ${INPUTS} inputs but received N × ${inputs.shape[1]}.`);
  }
  inputs.data.forEach((x, at) => {
    const [name, [min, max]] = Object.entries(RANGES)[at % INPUTS];
    checkNumber(x, `the ${name} of sample ${Math.floor(at / INPUTS)}`, { min, max });
  });
  return inputs;
}

/** samples × 3, row-major. */
function parametersOf(samples: number, seed: number): Float64Array {
  const random = new Random(seed);
  const ranges = Object.values(RANGES);
  return Float64Array.from({ length: INPUTS * samples }, (_, at) => random.uniform(...ranges[at % INPUTS]));
}

/** The body of one sample. */
export function bodyOf(depth: number, radius: number, azimuth: number): Ellipsoid {
  return {
    centre: [...CENTRE, depth],
    semiAxes: [SHAPE[0] * radius, SHAPE[1] * radius, SHAPE[2] * radius],
    azimuth,
  };
}

/** The discrete problem on one grid: bodies in, fields out. */
export class DcSurvey {
  readonly #grid: BoxGrid;
  readonly #green: BoxGreen;
  readonly #solver: AnomalySolver;
  readonly #array: SurfaceArray;
  readonly #electrodes: readonly GridNode[];
  readonly #background: Float64Array;

  /** @param cells along x, a multiple of 20: then the electrodes are nodes */
  constructor(cells: number) {
    this.#grid = surveyGrid(cells);
    this.#green = new BoxGreen(this.#grid, BACKGROUND);
    this.#solver = new AnomalySolver(this.#green);
    this.#array = new SurfaceArray(this.#grid, this.#green, ARRAY);
    this.#electrodes = ELECTRODES.map((x) => [Math.round(x / this.#grid.spacing) + cells / 2, cells / 2, 0] as const);
    this.#background = this.#array.potentials(this.#electrodes, [CURRENT, -CURRENT]);
  }

  /** The 882 fields in mV/m; of the ground alone for `null`. */
  measure(body: Ellipsoid | null): Float64Array {
    const potentials = this.#background.slice();
    if (body !== null) {
      const anomaly = this.#anomaly(body);
      const currents = this.#solver.solve(anomaly, this.#backgroundAt(anomaly.nodes));
      const added = this.#array.potentials(anomaly.nodes, currents);
      addScaled(potentials, 1, added);
    }
    return this.#array.fields(potentials).map((field) => MILLIVOLTS * field);
  }

  #anomaly(body: Ellipsoid): Anomaly {
    const part = surroundings(this.#grid, body);
    return findAnomaly(this.#grid, part, BACKGROUND, (node) => conductivityAt(this.#grid, body, node));
  }

  #backgroundAt(nodes: readonly GridNode[]): Float64Array {
    const [source, sink] = this.#electrodes;
    return Float64Array.from(nodes, (node) => CURRENT * (this.#green.at(source, node) - this.#green.at(sink, node)));
  }
}

/** The grid of the box with a number of cells along x. */
export function surveyGrid(cells: number): BoxGrid {
  return { cells: [cells, cells, cells / 2], spacing: EXTENT[0] / cells };
}

/** The conductivity at a node, in S/m. */
export function conductivityAt({ cells: [nx, ny], spacing }: BoxGrid, body: Ellipsoid, [i, j, k]: GridNode): number {
  const share = ellipsoidShare(body, (i - nx / 2) * spacing, (j - ny / 2) * spacing, k * spacing);
  return share === 0 ? BACKGROUND : BACKGROUND * (BODY / BACKGROUND) ** share;
}

/** The nodes of the cuboid around a body. */
function surroundings({ cells, spacing }: BoxGrid, body: Ellipsoid): GridPart {
  const reach = ellipsoidReach(body);
  const origin = [cells[0] / 2, cells[1] / 2, 0];
  const bound = (axis: number, side: number) => (body.centre[axis] + side * reach[axis]) / spacing + origin[axis];
  const node = (at: (axis: number) => number): GridNode => [at(0), at(1), at(2)];
  return { first: node((axis) => Math.ceil(bound(axis, -1))), last: node((axis) => Math.floor(bound(axis, 1))) };
}

function describe(grid: number, seed: number | null): DcResistivityDescription {
  const { first, spacing, receivers } = ARRAY;
  return {
    name: 'direct-current resistivity',
    equation: '−∇·(m(x; y) ∇u) = I (δ(x − x₊) − δ(x − x₋))',
    ranges: RANGES,
    receivers: Array.from({ length: receivers ** 2 }, (_, n) => {
      return [first + Math.floor(n / receivers) * spacing, first + (n % receivers) * spacing] as const;
    }),
    electrodes: ELECTRODES.map((x) => [x, 0] as const),
    grid,
    seed,
  };
}
