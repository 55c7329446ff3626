/** @file Steps in time for dY/dt = f(Y, t), and by leapfrog for d²Y/dt² = f(Y, t). */
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';

export const integrators = ['euler', 'rk4', 'leapfrog'] as const;
export type Integrator = (typeof integrators)[number];

/** The right-hand side of the flow. */
export type RightHandSide = (y: Value, t: number) => Value;

/** Records Y at the last of the times from Y at the first. */
export type Integrate = (b: ProgramBuilder, f: RightHandSide, y: Value, times: readonly number[]) => Value;

export const integrate: { readonly [I in Integrator]: Integrate } = {
  euler: (b, f, start, times) => {
    let y = start;
    for (const [from, to] of steps(times)) y = b.add(y, b.scale(f(y, from), to - from));
    return y;
  },

  rk4: (b, f, start, times) => {
    let y = start;
    for (const [from, to] of steps(times)) y = rk4Step(b, f, y, from, to);
    return y;
  },

  /**
   * Y_{i+1} = 2 Y_i − Y_{i−1} + h² f(Y_i), from rest: Y_{−1} = Y_0. Written with the change Y_i − Y_{i−1}, which a step
   * of another length scales.
   */
  leapfrog: (b, f, start, times) => {
    let y = start;
    let change: Value | null = null;
    let before = times[1] - times[0];
    for (const [from, to] of steps(times)) {
      const h = to - from;
      const push = b.scale(f(y, from), (h * (h + before)) / 2);
      change = change === null ? push : b.add(b.scale(change, h / before), push);
      y = b.add(y, change);
      before = h;
    }
    return y;
  },
};

/** The two ends of each step. */
export function steps(times: readonly number[]): [from: number, to: number][] {
  return times.slice(1).map((to, i) => [times[i], to]);
}

function rk4Step(b: ProgramBuilder, f: RightHandSide, y: Value, from: number, to: number): Value {
  const h = to - from;
  const k1 = f(y, from);
  const k2 = f(b.add(y, b.scale(k1, h / 2)), from + h / 2);
  const k3 = f(b.add(y, b.scale(k2, h / 2)), from + h / 2);
  const k4 = f(b.add(y, b.scale(k3, h)), to);
  const sum = b.add(b.add(k1, k4), b.scale(b.add(k2, k3), 2));
  return b.add(y, b.scale(sum, h / 6));
}
