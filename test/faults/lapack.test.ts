/** @file Every call of LAPACK fails once, and again with all that follow: another way is found, or ERR_LAPACK. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { selectBackend } from '../../lib/backend/select.js';
import { loadNative } from '../../lib/binding.js';
import { dense } from '../../lib/network/dense.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { openWalk, relativeError } from '../support/reference.js';
import type { Walk } from '../support/walk.js';
import {
  assembled,
  at,
  type Case,
  cases,
  convexCases,
  direction,
  free,
  goOn,
  krylov,
  near,
  open,
  reached,
  theta,
} from './objective.js';
import { count, type Faults, failing, faults, needsFaults, type Outcome, type Routine, type Same } from './support.js';

const native = loadNative();

interface Call<S> {
  prepare(): S;
  run(subject: S): unknown;
  after?(subject: S): unknown;
  /** What is wrong with the outcome of a run in which the routine failed, or null. */
  verdict(outcome: Outcome<unknown>, expected: unknown): string | null;
  /** Whether what the subject gives afterwards counts as the same; by default the same bits. */
  same?: Same;
}

/** The error names the routine and what it said. */
const refusedBy = (routine: Routine) => (outcome: Outcome<unknown>) => {
  if ('value' in outcome) return 'a result';
  const { code, message, ...rest } = outcome.error as {
    code?: string;
    message: string;
    routine?: string;
    info?: number;
  };
  const named = code === 'ERR_LAPACK' && rest.routine === routine && rest.info === 7;
  return named ? null : `${code} of ${rest.routine}: ${message}`;
};

/** The same numbers to rounding, whatever arrays and objects they are in. */
const nearly = (outcome: Outcome<unknown>, expected: unknown) => {
  if ('error' in outcome) return outcome.error.message;
  const [a, b] = [flat(outcome.value), flat(expected)];
  const error = a.length === b.length ? relativeError(a, b) : Number.NaN;
  return error < 1e-9 ? null : `relative error ${error}`;
};

function flat(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [];
}

/** `also`: fails besides, each time. */
async function failEach<S>(t: Test, routine: Routine, call: Call<S>, also: Routine[] = []) {
  const { prepare, run, verdict, after = () => null, same: isSame = isDeepStrictEqual as Same } = call;
  const clean = prepare();
  const expected = await run(clean);
  const next = await after(clean);
  const other = prepare();
  const armed = () => {
    for (const name of also) (faults as Faults).arm(name, 1, true, 7);
  };
  const total = await count(routine, () => {
    armed();
    return run(other);
  });
  t.ok(total > 0, `${total} × ${routine}`);
  for (const lasting of [false, true]) {
    for (let n = 1; n <= total; n++) {
      const subject = prepare();
      armed();
      const { outcome, failed } = await failing(routine, n, () => run(subject), { lasting, info: 7 });
      const what = `${lasting ? 'from' : 'at'} call ${n} of ${routine}`;
      t.ok(failed, what);
      t.equal(verdict(outcome, expected), null, what);
      const again = { value: await run(subject) };
      // What another routine has made may be kept at the point.
      const same = 'value' in outcome ? nearly(again, expected) === null : isSame(again.value, expected);
      t.ok(same, `${what}: afterwards`);
      t.ok(isSame(await after(subject), next), `${what}: goes on`);
    }
  }
}

const [ridge, plain, , ridgeOfMany] = cases;
const evaluation = (options: Case) => ({
  prepare: () => open(options),
  run: (walk: Walk) => walk.evaluate(theta),
  after: goOn,
});
const step = (options: Case, given: Parameters<Walk['step']>[0]) => ({
  prepare: () => at(open(options), theta),
  run: (walk: Walk) => {
    const { step, predictedReduction } = walk.step(given);
    return { step, predictedReduction };
  },
});

t.test('the QR of the features, in the pool and outside', needsFaults, async (t) => {
  for (const options of [ridge, plain, ridgeOfMany]) {
    await failEach(t, 'dgeqrf', { ...evaluation(options), verdict: refusedBy('dgeqrf') });
  }
  for (const options of [ridge, ridgeOfMany]) {
    for (const routine of ['dtpqrt', 'dtpmqrt'] as const)
      await failEach(t, routine, { ...evaluation(options), verdict: refusedBy(routine) });
  }
});

t.test('the SVD of R: by QR iteration where divide and conquer fails', needsFaults, async (t) => {
  await failEach(t, 'dgesdd', { ...evaluation(plain), verdict: nearly });
  await failEach(t, 'dgesvd', { ...evaluation(plain), verdict: refusedBy('dgesvd') }, ['dgesdd']);
});

t.test('eigenvalues: by QL iteration where divide and conquer fails', needsFaults, async (t) => {
  for (const given of [krylov, free]) {
    const call = step(ridge, given);
    await failEach(t, 'dsyevd', { ...call, verdict: nearly });
    const both = { ...call, verdict: refusedBy('dsyev') };
    await failEach(t, 'dsyev', both, ['dsyevd']);
  }
});

t.test(
  'Cholesky: eigenvalues where H + λI is not positive definite, ERR_LAPACK where they fail too',
  needsFaults,
  async (t) => {
    for (const given of [assembled, free]) {
      const call = step(ridge, given);
      await failEach(t, 'dpotrf', { ...call, verdict: nearly });
      const refused = call.prepare();
      for (const routine of ['dsyev', 'dsyevd'] as const) (faults as Faults).arm(routine, 1, true, 7);
      const { outcome } = await failing('dpotrf', 1, () => call.run(refused), { lasting: true, info: 7 });
      t.equal(refusedBy('dsyev')(outcome), null);
    }
  },
);

t.test('Cholesky of H_W: a larger shift; ERR_LAPACK where none helps', needsFaults, async (t) => {
  const after = (walk: Walk) => goOn(at(walk, theta));
  for (const options of Object.values(convexCases)) {
    const atPoint = () => at(open(options), theta);
    const calls: Record<string, Pick<Call<Walk>, 'prepare' | 'run'>> = {
      evaluate: { prepare: () => open(options), run: (walk) => walk.evaluate(theta) },
      product: { prepare: atPoint, run: (walk) => walk.hessianProduct(direction) },
      'dense matrix': { prepare: atPoint, run: (walk) => walk.denseHessian() },
      'Krylov step': { prepare: atPoint, run: (walk) => walk.step(krylov).step },
      'evaluate after a step': {
        prepare: atPoint,
        run: (walk) => {
          const { step } = walk.step(krylov);
          const after = theta.map((x, i) => x + step[i]);
          const trial = walk.at(after, 'afterStep').sync();
          return [trial.evaluation, trial.W()];
        },
      },
    };
    for (const [name, { prepare, run }] of Object.entries(calls)) {
      const clean = prepare();
      const expected = await run(clean);
      const next = await after(clean);
      const other = prepare();
      const total = await count('dpotrf', () => run(other));
      t.ok(total > 0, `${options.loss}, ${name}: ${total}`);
      for (const lasting of [false, true]) {
        for (let n = 1; n <= total; n++) {
          const subject = prepare();
          const { outcome, failed } = await failing('dpotrf', n, () => run(subject), { lasting, info: 7 });
          const what = `${options.loss}, ${name}, ${lasting ? 'from' : 'at'} ${n} of ${total}`;
          t.ok(failed, what);
          if (lasting) t.equal(refusedBy('dpotrf')(outcome), null, what);
          else if ('error' in outcome) t.fail(`${what}: ${outcome.error.message}`);
          else t.ok(near(outcome.value, expected), `${what}: the same`);
          t.ok(near(await run(subject), expected), `${what}: afterwards`);
          t.ok(near(await after(subject), next), `${what}: goes on`);
        }
      }
    }
    for (const given of [assembled, free]) {
      const walk = atPoint();
      const { outcome } = await failing('dpotrf', 1, () => walk.step(given), { lasting: true, info: 7 });
      t.equal(refusedBy('dpotrf')(outcome), null, 'dense step');
      t.strictSame(reached(walk.step(assembled)), { onBoundary: true, near: true, solved: true });
      const clean = atPoint();
      clean.step(assembled);
      t.ok(near(await after(walk), await after(clean)), 'goes on');
    }
  }
});

t.test('svd() and BandedLU', needsFaults, async (t) => {
  const A = normals(new Random(8), 60 * 30);
  // Each pair of singular vectors up to its sign: what is compared is A again.
  const product = () => {
    const { U, s, Vt } = native.svd(60, 30, A).sync();
    const again = A.map((_, e) => {
      let sum = 0;
      for (let k = 0; k < 30; k++) sum += U[30 * Math.floor(e / 30) + k] * s[k] * Vt[30 * k + (e % 30)];
      return sum;
    });
    return [s, again];
  };
  await failEach(t, 'dgesdd', { prepare: () => null, run: product, verdict: nearly });
  await failEach(t, 'dgesvd', { prepare: () => null, run: product, verdict: refusedBy('dgesvd') }, ['dgesdd']);
  const band = normals(new Random(9), 4 * 9).map((x, i) => (i % 4 === 2 ? 5 + x : x));
  const make = () => new native.BandedLU(9, 1, 1, band);
  const rhs = normals(new Random(10), 200 * 9);
  const factorize = { prepare: () => null, run: () => make().solve(rhs).sync() };
  await failEach(t, 'dgbtrf', { ...factorize, verdict: refusedBy('dgbtrf') });
  const solve = { prepare: make, run: (factor: ReturnType<typeof make>) => factor.solve(rhs).async() };
  await failEach(t, 'dgbtrs', { ...solve, verdict: refusedBy('dgbtrs') });
});

t.test('features so large that their QR overflows: a point that is not finite, not a failure', async (t) => {
  const inputs = Float64Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? 1.7 : -1.7));
  for (const alphaW of [0, 1e-3]) {
    const walk = openWalk(selectBackend('native'), dense(2, { bias: false }), {
      inputs,
      targets: inputs,
      samples: 30,
      alphaW,
      regularizer: tikhonov(2, 0),
    });
    t.notOk(walk.evaluate(Float64Array.of(1e308, 1e308)).finite, `α_W = ${alphaW}`);
  }
});

t.test('nothing that can fail is left out', needsFaults, async (t) => {
  const addon = join(process.env.GNVPRO_PREBUILD ?? '.', 'build/Release/gnvpro.node');
  if (!existsSync(addon)) return t.fail(`${addon} does not exist`);
  const undefinedNames = execFileSync('nm', ['-D', '--undefined-only', addon], { encoding: 'utf8' });
  const names = [...undefinedNames.matchAll(/ U (\w+)/g)].map(([, name]) => name);
  const routines = names.filter((name) => /^d[a-z0-9]{3,6}_$/.test(name)).map((name) => name.slice(0, -1));
  const known = Object.keys((faults as Faults).counts());
  t.strictSame(
    routines.filter((name) => !known.includes(name)),
    [],
  );
  const allocators = names.filter((name) => /^_Zn[wa]|^(aligned_|m|c|re)alloc$|memalign|^str(n)?dup$/.test(name));
  t.strictSame(allocators.sort(), ['_Znam', '_Znwm', '_ZnwmSt11align_val_t', 'calloc']);
});
