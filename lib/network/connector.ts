/** @file A fixed affine map, which has no weights: it joins layers of different widths. */
import { GnvproError } from '../errors.js';
import type { Value } from '../program/emitter.js';
import { samples } from '../program/shape.js';
import { checkOptions, checkRows } from '../validate/check.js';
import { checkWidth, type LayerDescription, registerLayer } from './layer.js';

export interface ConnectorOptions {
  /** Output features: the first ones of the input, zeros behind them (instead of K). */
  units?: number;
  /** A row for each input feature. */
  K?: readonly (readonly number[])[];
  /** A number for each output feature (default zeros). */
  b?: readonly number[];
}

export const connectorOptionNames = ['units', 'K', 'b'];

/** N × features → N × outputs: Y K + b, or with `units` the input cut or filled up with zeros, plus b. */
export function connector(options: ConnectorOptions): LayerDescription {
  checkOptions(options, connectorOptionNames, 'connector');
  const { units, K, b } = options;
  if ((units === undefined) === (K === undefined)) {
    throw new GnvproError('ERR_OPTION', 'Expected either units or K for connector.');
  }
  if (K !== undefined) checkRows(K, 'K');
  else checkWidth(units, 'units');
  if (b !== undefined) checkRows([b], 'b', 'an array of finite numbers');
  return { type: 'connector', ...options };
}

registerLayer('connector', ({ type: _, ...options }, { count: features }) => {
  const { units, K, b: shift } = connector(options) as ConnectorOptions;
  const outputs = K?.[0].length ?? (units as number);
  if (K !== undefined && K.length !== features) throw mismatch(`${features} rows for K`, K.length);
  if (shift !== undefined && shift.length !== outputs) throw mismatch(`${outputs} numbers for b`, shift.length);
  const first = Array.from({ length: outputs }, (_, j) => (j < features ? j : -1));
  return {
    label: `connector(${outputs})`,
    outputs: { count: outputs },
    blocks: [],
    apply: (b, x) => {
      const y: Value =
        K === undefined ? b.gather(x, first, samples(outputs)) : b.matmul(x, b.constant(features, outputs, K.flat()));
      return shift === undefined ? y : b.addRow(y, b.constant(1, outputs, shift));
    },
  };
});

function mismatch(expected: string, received: number): GnvproError {
  return new GnvproError('ERR_SHAPE', `Layer connector: expected ${expected} but received ${received}.`);
}
