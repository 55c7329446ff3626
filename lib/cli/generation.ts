/** @file A bar for data that take a while to generate, on a terminal; nothing elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

export interface Generation {
  /** The part that is done, in (0, 1]. */
  show(done: number): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

export function generationBar(stream: NodeJS.WriteStream = process.stderr): Generation {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  const widget = new SingleBar(
    {
      format: '{bar} generating data, {percentage} %',
      barsize: 20,
      hideCursor: true,
      clearOnComplete: true,
      fps: 8,
      stream,
    },
    Presets.shades_classic,
  );
  let isRunning = false;
  return {
    show: (done) => {
      if (!isRunning) widget.start(1, 0);
      isRunning = true;
      widget.update(done);
    },
    end: () => {
      widget.stop();
      isRunning = false;
    },
  };
}
