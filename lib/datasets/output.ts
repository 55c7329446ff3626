/** @file Matrices as outputs. */
import { npyBytes, npyTypeOf } from '../files/npy.js';
import type { Output, Table } from './dataSet.js';

export function tableOutput(file: string, content: string, table: Table): Output {
  const { data, shape } = table;
  return { file, content, shape, dtype: npyTypeOf(data), bytes: () => npyBytes(table) };
}
