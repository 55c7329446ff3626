/**
 * Trainings as jobs: a queue, some of them at a time, each with a folder of its own:
 *
 *   request.json      data and options, there before the client hears of the job
 *   checkpoint        of the training, from which another process goes on
 *   model.gnvpro      of a finished one
 *   outcome.json      how it ended: a job without this file waits or trains
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dense, Model, sequential, tanh, train } from 'gnvpro';

/** Why a training was aborted. */
const cancelled = new Error('The job was cancelled.');
const closing = new Error('The service is closing.');

export class QueueFull extends Error {}

export class Jobs extends EventEmitter {
  #folder;
  #limits;
  #jobs = new Map();
  #waiting = [];
  #training = new Set();
  #models = new Map();
  #closed = false;

  /** `atOnce`: trainings; `waiting`: jobs for which there is no place yet; `kept`: ended jobs; `seconds` of a training. */
  constructor(folder, { atOnce = 4, waiting = 100, kept = 1000, seconds = 60 } = {}) {
    super();
    this.setMaxListeners(0); // a stream of events each
    this.#folder = folder;
    this.#limits = { atOnce, waiting, kept, seconds };
  }

  /** What an earlier process left: ended jobs are known again, the others go on. */
  async open() {
    await mkdir(this.#folder, { recursive: true });
    const found = await Promise.all((await readdir(this.#folder)).map((id) => this.#find(id)));
    for (const job of found.filter(Boolean).sort((a, b) => a.posted - b.posted)) {
      this.#jobs.set(job.id, job);
      if (job.state === 'waiting') this.#waiting.push(job);
    }
    this.#startNext();
  }

  /** Trainings leave a checkpoint; a later process takes them up. */
  async close() {
    this.#closed = true;
    const running = [...this.#training];
    for (const job of running) job.controller.abort(closing);
    await Promise.all(running.map(({ ended }) => ended));
  }

  async submit(request) {
    if (this.#waiting.length >= this.#limits.waiting) throw new QueueFull();
    const job = newJob(randomUUID(), Date.now());
    this.#jobs.set(job.id, job);
    this.#waiting.push(job); // its place in the queue is taken before the file is written
    try {
      await mkdir(this.#path(job));
      await this.#write(job, 'request.json', { ...request, posted: job.posted });
    } catch (error) {
      this.#forget(job);
      throw error;
    }
    job.stored = true;
    this.#startNext();
    return job.id;
  }

  /** What is told of a job, or null. */
  status(id) {
    const job = this.#jobs.get(id);
    if (job === undefined) return null;
    const { state, iteration, objective, error, outcome } = job;
    return { id, state, iteration, objective, error, ...outcome };
  }

  /** Ends a job that waits or trains. */
  async cancel(id) {
    const job = this.#jobs.get(id);
    if (job === undefined) return false;
    if (job.state === 'training') {
      job.controller.abort(cancelled);
      await job.ended;
    } else if (job.state === 'waiting') {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      await this.#end(job, 'cancelled');
    }
    return true;
  }

  /** The model of a finished job, or null. The last twenty stay in memory. */
  async model(id) {
    const job = this.#jobs.get(id);
    if (job?.state !== 'finished') return null;
    const model = this.#models.get(id) ?? (await Model.load(join(this.#path(job), 'model.gnvpro')));
    this.#models.delete(id);
    this.#models.set(id, model); // the youngest again
    if (this.#models.size > 20) this.#models.delete(this.#models.keys().next().value);
    return model;
  }

  counts() {
    const counts = { waiting: 0, training: 0, finished: 0, cancelled: 0, failed: 0 };
    for (const { state } of this.#jobs.values()) counts[state]++;
    return counts;
  }

  #startNext() {
    while (!this.#closed && this.#training.size < this.#limits.atOnce) {
      const next = this.#waiting.findIndex(({ stored }) => stored);
      if (next === -1) return;
      const [job] = this.#waiting.splice(next, 1);
      this.#training.add(job);
      job.state = 'training';
      job.controller = new AbortController();
      job.ended = this.#train(job).finally(() => {
        this.#training.delete(job);
        this.#startNext();
      });
    }
  }

  async #train(job) {
    const { signal } = job.controller;
    try {
      const { inputs, targets, units = 12, seed = 0 } = JSON.parse(await readFile(this.#file(job, 'request.json')));
      signal.throwIfAborted();
      const { model, report } = await train({
        network: sequential([dense(units), tanh()]),
        inputs,
        targets,
        validation: 0.2,
        seed,
        signal,
        stop: { seconds: this.#limits.seconds },
        checkpoint: { path: this.#file(job, 'checkpoint'), seconds: 1 },
        resume: true,
        onIteration: ({ iteration, objective }) => this.#tell(job, { iteration, objective }),
      });
      if (signal.aborted) throw signal.reason; // there is a model, but nobody wants it
      await model.save(this.#file(job, 'model.gnvpro'));
      const { stop, best, validation } = report;
      await this.#end(job, 'finished', { stop, best, validation });
    } catch (error) {
      if (error === cancelled) await this.#end(job, 'cancelled');
      else if (error !== closing)
        await this.#end(job, 'failed', { error: { code: error.code, message: error.message } });
    }
  }

  #tell(job, progress) {
    Object.assign(job, progress);
    this.emit(job.id, 'iteration', progress);
  }

  async #end(job, state, outcome = {}) {
    try {
      if (job.stored) await this.#write(job, 'outcome.json', { state, ...outcome });
      await rm(this.#file(job, 'checkpoint'), { force: true });
    } catch (error) {
      console.error(`The outcome of job ${job.id} could not be written:`, error); // another process will train it again
    }
    Object.assign(job, { state, outcome });
    this.emit(job.id, 'end', this.status(job.id));
    const ended = [...this.#jobs.values()].filter(isEnded);
    await Promise.all(ended.slice(0, Math.max(0, ended.length - this.#limits.kept)).map((old) => this.#remove(old)));
  }

  /** A job as its folder has it; null where there is no request, since nobody heard of that job. */
  async #find(id) {
    const read = async (name) => JSON.parse(await readFile(join(this.#folder, id, name), 'utf8').catch(() => 'null'));
    const [request, outcome] = [await read('request.json'), await read('outcome.json')];
    if (request === null) return null;
    const job = { ...newJob(id, request.posted), stored: true };
    if (outcome === null) return job;
    const { state, ...rest } = outcome;
    return { ...job, state, outcome: rest };
  }

  async #remove(job) {
    this.#forget(job);
    await rm(this.#path(job), { recursive: true, force: true });
  }

  #forget(job) {
    this.#jobs.delete(job.id);
    this.#models.delete(job.id);
    const place = this.#waiting.indexOf(job);
    if (place !== -1) this.#waiting.splice(place, 1);
  }

  /** Whole or not at all. */
  async #write(job, name, value) {
    await writeFile(`${this.#file(job, name)}.part`, JSON.stringify(value));
    await rename(`${this.#file(job, name)}.part`, this.#file(job, name));
  }

  #path({ id }) {
    return join(this.#folder, id);
  }

  #file(job, name) {
    return join(this.#path(job), name);
  }
}

const newJob = (id, posted) => ({ id, posted, state: 'waiting', stored: false, iteration: null, objective: null });

const isEnded = ({ state }) => state === 'finished' || state === 'cancelled' || state === 'failed';
