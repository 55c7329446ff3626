/** @file What `gnvpro data` shows of downloads: a bar on a terminal, JSON lines elsewhere, or nothing. */
import { byteCount, duration } from './numbers.js';
import { log } from './output.js';
import { barOn } from './progress.js';

export interface DownloadProgress {
  show(file: string, received: number, total: number | null): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

export const silentDownload: DownloadProgress = { show: () => undefined, end: () => undefined };

const secondsBetweenLines = 1;

/** One JSON object a line on standard output: at the beginning and the end of each file, and every second. */
export function downloadLines(): DownloadProgress {
  let last = { file: '', time: 0 };
  return {
    show: (file, received, total) => {
      const time = performance.now();
      const due = time - last.time >= 1000 * secondsBetweenLines;
      if (file === last.file && !due && received !== total) return;
      last = { file, time };
      log(JSON.stringify({ event: 'download', file, bytes: received, total }));
    },
    end: () => undefined,
  };
}

/** A bar on standard error, which may be a terminal when the output is not. */
export function downloadBar(stream: NodeJS.WritableStream = process.stderr): DownloadProgress {
  const widget = barOn(stream);
  let current = { file: '', first: 0, start: 0 };
  return {
    show: (file, received, total) => {
      if (file !== current.file) {
        current = { file, first: received, start: performance.now() };
        widget.stop();
        widget.start(file);
      }
      const seconds = (performance.now() - current.start) / 1000;
      const share = total === null || total === 0 ? 0 : received / total;
      widget.update(share, ...textsOf(file, received, total, (received - current.first) / seconds));
    },
    end: () => widget.stop(),
  };
}

/** E.g. `16 s left`, `DCR_Data.mat`, `12.1 of 64.0 MB`, `3.2 MB/s`. */
function textsOf(file: string, received: number, total: number | null, perSecond: number): string[] {
  if (total === null) return [file, byteCount(received)];
  const of = `${byteCount(received)} of ${byteCount(total)}`;
  if (!(perSecond > 0 && Number.isFinite(perSecond))) return [file, of];
  return [`${duration((total - received) / perSecond)} left`, file, of, `${byteCount(perSecond)}/s`];
}
