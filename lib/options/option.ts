/** @file What an option of train() is: a record from which all lists of options follow. */
import type { TrainingSamples } from '../data/samples.js';
import type { Loss } from '../loss/loss.js';
import type { Schema } from '../validate/schema.js';
import type { TrainOptions } from './trainOptions.js';

/** What can be read of the options. */
export interface Reader<R> {
  read(reading: Reading): R;
}

/** The options as a caller gave them. Readers ask for each other; each reads once, when it is first asked for. */
export class Reading {
  readonly #read = new Map<Reader<unknown>, unknown>();

  constructor(readonly given: TrainOptions) {}

  of<R>(reader: Reader<R>): R {
    if (!this.#read.has(reader)) this.#read.set(reader, reader.read(this));
    return this.#read.get(reader) as R;
  }
}

/** Where the help of the command line lists an option. */
export type Group = 'Data' | 'Training' | 'Optimizer' | 'Stopping';

/** What a training took where options left it open. */
export interface Taken {
  /** Of θ one number, one for each layer, or an operator. */
  readonly regularization: { readonly theta: number | readonly number[] | 'operator'; readonly W: number };
  readonly scaling: { readonly inputs: unknown; readonly targets: unknown };
}

/** What is told of an option depends on these, too. */
interface Run {
  readonly training: TrainingSamples;
  readonly loss: Loss;
  readonly validation: TrainingSamples | null;
}

/** What lists and reports need of an option whose reader gives R. */
interface Told<R> {
  /** What the schema refers to by name. */
  readonly definitions?: Readonly<Record<string, Schema>>;
  /** What the report tells as used, if anything. */
  readonly used?: (task: R & Run, taken: Taken) => unknown;
  /** What of the task decides its results, plain but for typed arrays; none where they do not depend on the option. */
  readonly decides?: (task: R & Run) => unknown;
}

interface Definition<K extends keyof TrainOptions, R, D> extends Told<R> {
  readonly name: K;
  readonly default?: D;
  /** Throws ERR_OPTION for what is no value of the option, whatever the others are. */
  check?(value: unknown, name: string): void;
  /** What the training takes for the value, which is given or the default, and checked. */
  read(value: Exclude<TrainOptions[K], undefined> | Extract<D, undefined>, reading: Reading): R;
  /** How a job gives the value as JSON; none where only a program can. What is a path there is the name of a file. */
  readonly schema?: Schema;
  /** A sentence for the command line and for editors. */
  readonly help?: string;
  readonly group?: Group;
}

export interface Option<R> extends Reader<R>, Told<R> {
  readonly name: keyof TrainOptions;
  readonly group: Group;
  /** With its sentence and default. */
  readonly schema: Schema | null;
}

/** The type of the value follows from the name; undefined is among them where there is no default. */
export function option<
  K extends keyof TrainOptions,
  R extends object,
  D extends TrainOptions[K] | undefined = undefined,
>(definition: Definition<K, R, D>): Option<R> {
  const { name, group = 'Training', schema, help, default: usual, check, used, decides, definitions } = definition;
  const told = { description: help, ...(usual === undefined ? {} : { default: usual }) };
  return {
    ...{ name, group, used, decides, definitions },
    schema: schema === undefined ? null : { ...schema, ...told },
    read(reading) {
      const given = reading.given[name];
      const value = given === undefined ? usual : given;
      if (value !== undefined) check?.(value, name);
      return definition.read(value as Parameters<typeof definition.read>[0], reading);
    },
  };
}
