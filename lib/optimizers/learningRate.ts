/** @file How a learning rate changes from epoch to epoch. */
import { checkInteger, checkNumber, checkOptions, invalid } from '../validate/check.js';

export type RateSchedule =
  | { readonly type: 'constant' }
  /** Times `factor` after every `every` epochs. */
  | { readonly type: 'step'; readonly every: number; readonly factor: number }
  /** Down to `final` times the first rate on half a cosine over `epochs`, and there it stays. */
  | { readonly type: 'cosine'; readonly epochs: number; readonly final: number };

/** `constant`, or an object in which defaults may be left out. */
export type ScheduleOption =
  | 'constant'
  | { type: 'constant' }
  | { type: 'step'; every: number; factor?: number }
  | { type: 'cosine'; epochs: number; final?: number };

export function readSchedule(option: ScheduleOption = 'constant'): RateSchedule {
  if (option === 'constant') return { type: 'constant' };
  switch (option?.type) {
    case 'constant':
      checkOptions(option, ['type'], 'schedule');
      return { type: 'constant' };
    case 'step': {
      checkOptions(option, ['type', 'every', 'factor'], 'schedule');
      const { every, factor = 0.5 } = option;
      checkInteger(every, 'schedule.every', { min: 1 });
      checkNumber(factor, 'schedule.factor', { above: 0, max: 1 });
      return { type: 'step', every, factor };
    }
    case 'cosine': {
      checkOptions(option, ['type', 'epochs', 'final'], 'schedule');
      const { epochs, final = 0 } = option;
      checkInteger(epochs, 'schedule.epochs', { min: 1 });
      checkNumber(final, 'schedule.final', { min: 0, max: 1 });
      return { type: 'cosine', epochs, final };
    }
    default:
      throw invalid("'constant' or { type: 'step' | 'cosine', … }", 'schedule', option);
  }
}

/** The factor of the learning rate in epoch 0, 1, … */
export function factorAt(schedule: RateSchedule, epoch: number): number {
  switch (schedule.type) {
    case 'constant':
      return 1;
    case 'step':
      return schedule.factor ** Math.floor(epoch / schedule.every);
    case 'cosine': {
      const share = Math.min(1, epoch / schedule.epochs);
      return schedule.final + 0.5 * (1 - schedule.final) * (1 + Math.cos(Math.PI * share));
    }
  }
}
