/** A worker that trains until its end: its own process.exit(), or terminate() in the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { start } from './training.mjs';

await start(workerData, () => {
  parentPort.postMessage('now');
  if (workerData.ending === 'workerExit') process.exit(workerData.code);
});
