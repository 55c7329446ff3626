/** @file A convection–diffusion–reaction surrogate problem: 55 parameters on the simplex → 72 sensor readings. */

import type { Matrix } from '../data/matrix.js';
import { throwIfAborted } from '../job/cancel.js';
import { Random } from '../random.js';
import { checkInteger, checkOptions, invalid } from '../validate/check.js';
import { BandedLU } from './banded.js';
import { checkSampling, checkWatching } from './checkSampling.js';
import { implicitMatrix, type Probe, pointProbe, readProbe, sampleField, type Transport } from './finiteVolumes.js';
import { ImplicitMidpoint } from './implicitMidpoint.js';

const SITES = 55;
const SITE_RADIUS = 0.2;
const RATE = 18;
const INITIATION = 0.015;
const DIFFUSIVITY = 0.4;
const SPEED = 5;
const END_TIME = 1;
const OBSERVATIONS = 12;
const SENSORS = [
  [0.2, 0.25],
  [0.5, 0.2],
  [0.8, 0.3],
  [0.25, 0.75],
  [0.55, 0.6],
  [0.8, 0.8],
] as const;

/** Samples that are integrated together: their states stay in the second-level cache. */
const BATCH = 100;

/** One vortex, its eye off the middle, at most 10 fast: the cell Péclet number is below 2 from 13 cells a side. */
export const TRANSPORT: Transport = {
  diffusivity: DIFFUSIVITY,
  streamFunction: (x, y) =>
    (SPEED / Math.PI) * (Math.sin(Math.PI * x) + Math.sin(2 * Math.PI * x) / 2) * Math.sin(Math.PI * y),
};

export interface CdrOptions {
  /** Number of samples N, 1 to 1,000,000. Default 800. */
  samples?: number;
  /** The seed of the parameters; the first samples of a longer run are those of a shorter one. Default 0. */
  seed?: number;
  /** Cells a side of the unit square, 14 to 128. Default 16. */
  grid?: number;
  /** Time steps, a multiple of 12 from 24 to 4,800. Default 48. */
  timeSteps?: number;
  /** Aborts between two time steps; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Called on the way with the part that is done, in (0, 1]. */
  onProgress?: (done: number) => void;
}

export interface CdrData {
  /** N × 55; every row is non-negative and sums to 1. */
  readonly inputs: Matrix;
  /** N × 72; column 6 i + k is u at time i and sensor k, dimensionless, between 0 and 1. */
  readonly targets: Matrix;
  readonly description: CdrDescription;
}

export interface CdrDescription {
  readonly name: string;
  readonly equation: string;
  /** The 12 times of observation. */
  readonly times: readonly number[];
  /** The 6 sensors (x, y). */
  readonly sensors: readonly (readonly [number, number])[];
  /** The 55 sites (x, y). */
  readonly sites: readonly (readonly [number, number])[];
  readonly grid: number;
  readonly timeSteps: number;
  readonly seed: number;
}

/**
 * Generates a regression problem from a partial differential equation, of the kind that arXiv 2007.13171 takes for its
 * surrogate models: the conversion u(x, t; y) of an autocatalytic reaction in a stirred, closed, square vessel,
 *
 *     u_t + ∇·(v u) = ν Δu + a(x; y) (ε + u²) (1 − u),    ∂u/∂n = 0 on the boundary,    u = 0 at t = 0,
 *
 * where the parameters y are the shares of one unit of catalyst that 55 fixed sites x_j hold:
 *
 *     a(x; y) = κ Σ_j y_j s_j exp(−|x − x_j|² / (2 r²)) / (2π r²).
 *
 * a·ε is a source that depends on y, a·u² the autocatalytic reaction; the s_j ∈ [0, 2] are the fixed activities of the
 * sites. Each sample's y is uniform on the simplex (Dirichlet with concentration 1). Everything is dimensionless:
 * lengths are in sides of the square, times in units of the last observation; ν = 0.4, ε = 0.015, κ = 18, r = 0.2, v
 * has the stream function (5/π) (sin πx + ½ sin 2πx) sin πy.
 *
 * Method: cell-centred finite volumes with central fluxes (cell Péclet number 1.5 on the default grid), implicit
 * midpoint rule, nonlinear equations solved to 1e-10; second order in space and time.
 *
 * @throws GnvproError ERR_OPTION for unknown or unsuitable options, as a rejection
 */
export async function generateCdr(options: CdrOptions = {}): Promise<CdrData> {
  const { samples, seed, grid, timeSteps, signal, onProgress } = withDefaults(options);
  throwIfAborted(signal);
  const inputs = { data: uniformOnSimplex(new Random(seed), samples, SITES), shape: [samples, SITES] as const };
  const columns = OBSERVATIONS * SENSORS.length;
  const targets = { data: new Float64Array(samples * columns), shape: [samples, columns] as const };
  const solver = new CdrSolver(grid, timeSteps);
  try {
    for (let first = 0; first < samples; first += BATCH) {
      const count = Math.min(BATCH, samples - first);
      const batch = inputs.data.subarray(first * SITES, (first + count) * SITES);
      const readings = await solver.solve(batch, (done) => {
        throwIfAborted(signal);
        onProgress?.((first + done * count) / samples);
      });
      targets.data.set(readings, first * columns);
    }
  } finally {
    solver.dispose();
  }
  return { inputs, targets, description: describe(grid, timeSteps, seed) };
}

function withDefaults(options: CdrOptions) {
  checkOptions(options, ['samples', 'seed', 'grid', 'timeSteps', 'signal', 'onProgress'], 'generateCdr');
  const { samples = 800, seed = 0, grid = 16, timeSteps = 48, signal, onProgress } = options;
  checkSampling(samples, seed);
  checkInteger(grid, 'grid', { min: 14, max: 128 });
  if (!Number.isInteger(timeSteps) || timeSteps < 24 || timeSteps > 4800 || timeSteps % OBSERVATIONS !== 0) {
    throw invalid(`a multiple of ${OBSERVATIONS} from 24 to 4800`, 'timeSteps', timeSteps);
  }
  checkWatching(signal, onProgress);
  return { samples, seed, grid, timeSteps, signal, onProgress };
}

/** count × size, row-major: exponential variates over their sum are uniform on the simplex. */
function uniformOnSimplex(random: Random, count: number, size: number): Float64Array {
  const points = Float64Array.from({ length: count * size }, () => random.exponential());
  for (let first = 0; first < points.length; first += size) {
    const point = points.subarray(first, first + size);
    const sum = point.reduce((a, b) => a + b, 0);
    for (let j = 0; j < size; j++) point[j] /= sum;
  }
  return points;
}

/** The sites fill the square evenly, without symmetry: points of the Halton sequence in bases 2 and 3. */
function sitePositions(): [number, number][] {
  return Array.from({ length: SITES }, (_, j) => [radicalInverse(j + 1, 2), radicalInverse(j + 1, 3)]);
}

/** The digits of an integer mirrored at the point. */
function radicalInverse(integer: number, base: number): number {
  let result = 0;
  let digitValue = 1;
  for (let rest = integer; rest > 0; rest = Math.floor(rest / base)) {
    digitValue /= base;
    result += digitValue * (rest % base);
  }
  return result;
}

/** κ s_j exp(−|x − x_j|² / (2 r²)) / (2π r²) in all cells, for every site j. */
function siteRates(grid: number): Float64Array[] {
  const variance = SITE_RADIUS ** 2;
  return sitePositions().map(([xj, yj], j) => {
    const activity = 1 + Math.sin(2.4 * (j + 1));
    const peak = (RATE * activity) / (2 * Math.PI * variance);
    return sampleField(grid, (x, y) => peak * Math.exp(-((x - xj) ** 2 + (y - yj) ** 2) / (2 * variance)));
  });
}

/** The source and the reaction; negative above 1, so u stays below it. */
function reaction(rate: number, u: number): number {
  return rate * (INITIATION + u * u) * (1 - u);
}

/** The discrete problem on one grid: parameters in, sensor readings out. */
class CdrSolver {
  readonly #step: number;
  readonly #timeSteps: number;
  readonly #lu: BandedLU;
  readonly #siteRates: Float64Array[];
  readonly #probes: Probe[];

  constructor(grid: number, timeSteps: number) {
    this.#step = END_TIME / timeSteps;
    this.#timeSteps = timeSteps;
    this.#lu = new BandedLU(implicitMatrix(grid, this.#step / 2, TRANSPORT));
    this.#siteRates = siteRates(grid);
    this.#probes = SENSORS.map((point) => pointProbe(grid, point));
  }

  /** `parameters` count × 55 → readings count × 72; `onStep` hears the part of the time that is done. */
  async solve(parameters: Float64Array, onStep: (done: number) => void): Promise<Float64Array> {
    const rates = this.#rates(parameters);
    const integrator = new ImplicitMidpoint({
      lu: this.#lu,
      step: this.#step,
      reaction,
      rates,
      initial: new Float64Array(rates.length),
    });
    const readings = new Float64Array((parameters.length / SITES) * OBSERVATIONS * SENSORS.length);
    const every = this.#timeSteps / OBSERVATIONS;
    for (let step = 1; step <= this.#timeSteps; step++) {
      await integrator.advance();
      if (step % every === 0) this.#observe(integrator.state, step / every - 1, readings);
      onStep(step / this.#timeSteps);
    }
    return readings;
  }

  /** a(x; y) in all cells, count × cells. */
  #rates(parameters: Float64Array): Float64Array {
    const { n } = this.#lu;
    const rates = new Float64Array((parameters.length / SITES) * n);
    parameters.forEach((share, index) => {
      const site = this.#siteRates[index % SITES];
      const offset = Math.floor(index / SITES) * n;
      for (let k = 0; k < n; k++) rates[offset + k] += share * site[k];
    });
    return rates;
  }

  #observe(states: Float64Array, observation: number, readings: Float64Array): void {
    const { n } = this.#lu;
    for (let sample = 0; sample * n < states.length; sample++) {
      const row = (sample * OBSERVATIONS + observation) * SENSORS.length;
      this.#probes.forEach((probe, k) => {
        readings[row + k] = readProbe(probe, states, sample * n);
      });
    }
  }

  dispose(): void {
    this.#lu.dispose();
  }
}

function describe(grid: number, timeSteps: number, seed: number): CdrDescription {
  return {
    name: 'convection–diffusion–reaction',
    equation: 'u_t + ∇·(v u) = ν Δu + a(x; y) (ε + u²) (1 − u)',
    times: Array.from({ length: OBSERVATIONS }, (_, i) => ((i + 1) * END_TIME) / OBSERVATIONS),
    sensors: SENSORS,
    sites: sitePositions(),
    grid,
    timeSteps,
    seed,
  };
}
