/** @file What the addon has found out about BLAS on this processor, and what to do where its numbers are wrong. */
import { GnvproError } from './errors.js';

/** The test of BLAS and LAPACK that the addon makes when it is loaded: every routine that it calls, on known answers. */
export interface BlasTest {
  readonly passed: boolean;
  /** The first routine with a wrong result; null where all are right. */
  readonly routine: string | null;
  /** Of its result, relative; 0 where all are right. */
  readonly error: number;
  readonly seconds: number;
}

/** Throws ERR_BLAS_WRONG, with the cure, unless the test passed. */
export function checkBlas({ blasTest, core, blas }: { blasTest: BlasTest; core: string; blas: string }): void {
  const { passed, routine, error } = blasTest;
  if (passed) return;
  const found = Number.isFinite(error) ? `an error of ${error.toExponential(1)} in` : 'an unusable result of';
  throw new GnvproError(
    'ERR_BLAS_WRONG',
    `OpenBLAS computes wrong numbers on this processor: its kernel ${core} gave ${found} ${routine}. ${cure(core, blas)}` +
      "install another version of OpenBLAS, or pass backend: 'js' for the slow TypeScript backend.",
  );
}

/** Another kernel, which only some builds of OpenBLAS can choose. */
function cure(core: string, blas: string): string {
  if (!blas.includes('DYNAMIC_ARCH')) return 'To mend it, ';
  return `To mend it, set the environment variable OPENBLAS_CORETYPE=${safer(core)} before Node starts, `;
}

/** A kernel for more processors than the one that failed. */
function safer(core: string): string {
  if (process.arch !== 'x64') return 'ARMV8';
  if (/skylakex|cooperlake|sapphirerapids/i.test(core)) return 'Haswell';
  return /haswell|zen|sandybridge|bulldozer|piledriver|steamroller|excavator/i.test(core) ? 'Nehalem' : 'Prescott';
}
