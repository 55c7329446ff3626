/** @file The names of input and target columns, which a model keeps so that later data are matched by them. */
import { GnvproError } from '../errors.js';
import { checkOptions, invalid, show } from '../validate/check.js';

/**
 * Names of the columns of inputs and targets, where they are known; labels have one, that of their column. A unit may
 * follow in square brackets: `temperature [K]`.
 */
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

/** Where columns are, by their names. */
export class ColumnPlaces {
  readonly #written = new Map<string, number[]>();
  /** Of those that have a unit, without it. */
  readonly #measured = new Map<string, number[]>();

  constructor(readonly columns: readonly string[]) {
    columns.forEach((column, j) => {
      const { name, quantity } = readUnit(column);
      push(this.#written, name, j);
      if (quantity !== null) push(this.#measured, quantity, j);
    });
  }

  /** Spaces around a name are no part of it. A unit is where only one of both has it, and the same where both do. */
  of(sought: string): readonly number[] {
    const { name, quantity } = readUnit(sought);
    const other = quantity === null ? this.#measured.get(name) : this.#written.get(quantity);
    return this.#written.get(name) ?? other ?? [];
  }

  /** The place of each, or null where one is missing, several have its name, or two are one column. */
  ofAll(names: readonly string[]): number[] | null {
    const found = names.map((name) => this.of(name));
    const isUnique = found.every(({ length }) => length === 1) && new Set(found.flat()).size === names.length;
    return isUnique ? found.flat() : null;
  }

  /** Why `ofAll` finds none. */
  refused(names: readonly string[], place: string, cure = ''): GnvproError {
    const missing = names.filter((name) => this.of(name).length === 0);
    const lacks = missing.length === 0 ? 'has several of a name' : `lacks ${listed(missing.map(show))}`;
    return new GnvproError(
      'ERR_COLUMNS',
      `Expected the columns ${listed(names.map(show))}, as in the training, in ${place}, but it ${lacks} ` +
        `(it reads ${listed(this.columns)}).${cure}`,
    );
  }
}

/** `quantity`: the name without its unit, or null where it has none. */
function readUnit(column: string): { readonly name: string; readonly quantity: string | null } {
  const name = column.trim();
  const unit = unitOf(name);
  return { name, quantity: unit === '' ? null : name.slice(0, -unit.length - 3).trim() };
}

/** What stands in square brackets at the end, after a space; empty where nothing does. */
export function unitOf(column: string): string {
  const name = column.trim();
  const at = name.endsWith(']') ? name.lastIndexOf(' [') : -1;
  return at > 0 ? name.slice(at + 2, -1) : '';
}

function push(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

export function listed(names: readonly string[]): string {
  const most = 30;
  const rest = names.length > most ? `, and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${rest}`;
}
