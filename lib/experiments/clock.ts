/** @file What a budget of seconds counts: by the clock of the training, or of the processor. */
import type { Report, Stop } from '../report/report.js';
import type { Budget } from './experiment.js';

/** Seconds of the processor that this process has taken since the call. */
function processorClock(): () => number {
  const begin = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  };
}

/** The seconds of a training, and those until each of its records. */
export interface Times {
  readonly seconds: number;
  readonly records: readonly number[];
  readonly stop: Stop;
}

/** Keeps the time of one training: `onIteration` for its options, and `times` when it is over. */
export function timeKeeper({ processorSeconds }: Budget) {
  if (processorSeconds === undefined) {
    const times = ({ seconds, iterations, stop }: Report): Times => {
      return { seconds, records: iterations.map((record) => record.seconds), stop };
    };
    return { onIteration: undefined, times };
  }
  const clock = processorClock();
  const records: number[] = [];
  let over: Stop | null = null;
  const onIteration = () => {
    const seconds = clock();
    records.push(seconds);
    if (seconds < processorSeconds) return true;
    const message = `${seconds.toFixed(2)} s of the processor have passed, ${processorSeconds} s were allowed.`;
    over ??= { status: 'timeLimit', message };
    return false;
  };
  return { onIteration, times: ({ stop }: Report): Times => ({ seconds: clock(), records, stop: over ?? stop }) };
}
