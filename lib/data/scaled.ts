/** @file A scaling as instructions of a program. */
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import type { Scaling } from './scaling.js';

/** (y − shift) / scale, and the rotation if there is one. */
export function scaled(b: ProgramBuilder, y: Value, { shift, scale, rotation }: Scaling): Value {
  const row = (values: readonly number[]) => b.constant(1, values.length, values);
  const centred = b.addRow(y, row(Array.from(shift, (x) => -x)));
  const divided = b.mulRow(centred, row(Array.from(scale, (x) => 1 / x)));
  if (rotation === undefined) return divided;
  return b.matmul(divided, b.constant(shift.length, rotation.length / shift.length, rotation));
}
