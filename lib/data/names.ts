/** @file The names of input and target columns, which a model keeps so that later data are matched by them. */
import { checkOptions, invalid } from '../validate/check.js';

/** Names of the columns of inputs and targets, where they are known; labels have one, that of their column. */
export interface ColumnNames {
  readonly inputs: readonly string[] | null;
  readonly targets: readonly string[] | null;
}

/** Names that callers give. */
export type NamesOption = Partial<ColumnNames>;

export const noNames: ColumnNames = { inputs: null, targets: null };

/** How many names there may be: one a column, of labels also one for all. */
export interface NameCounts {
  readonly inputs: number;
  readonly outputs: number;
  readonly classes?: readonly unknown[] | null;
}

/** Checks and copies; what is not given is as in `known`. Throws ERR_OPTION. */
export function readNames(option: NamesOption | undefined, known: ColumnNames, counts: NameCounts): ColumnNames {
  checkOptions(option ?? {}, ['inputs', 'targets'], 'names');
  const names = { inputs: option?.inputs ?? known.inputs, targets: option?.targets ?? known.targets };
  const problem = misfitOfNames(names, counts);
  if (problem !== null) throw invalid(problem.expected, `names.${problem.of}`, names[problem.of]);
  return copyNames(names);
}

/** What of the names cannot be, or null. */
export function misfitOfNames(
  { inputs, targets }: ColumnNames,
  counts: NameCounts,
): { of: 'inputs' | 'targets'; expected: string } | null {
  const areNames = (names: unknown) => Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (inputs !== null && !(areNames(inputs) && inputs.length === counts.inputs)) {
    return { of: 'inputs', expected: `${counts.inputs} names, one a column,` };
  }
  const isOfLabels = counts.classes != null && targets?.length === 1;
  if (targets !== null && !(areNames(targets) && (isOfLabels || targets.length === counts.outputs))) {
    return { of: 'targets', expected: `${counts.outputs} names, one a column,` };
  }
  return null;
}

export function copyNames({ inputs, targets }: ColumnNames): ColumnNames {
  return { inputs: inputs && [...inputs], targets: targets && [...targets] };
}
