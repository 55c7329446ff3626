/** npm run bench: every case × contender in a fresh process, one after the other, on one thread. Arguments choose cases. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { info } from '../dist/index.js';
import { pack } from '../scripts/bare.mjs';
import { problems } from './defaults.mjs';

const { core, simd } = info();
console.log(
  `${cpus()[0]?.model.trim()}, Node ${process.version}, OpenBLAS ${core}, kernels ${simd}, ${new Date().toISOString().slice(0, 10)}`,
);

const chosen = process.argv.slice(2);
const cases = {
  'work-unit': workUnits,
  files,
  float32: singlePrecision,
  projection,
  inner,
  paper: paperExperiment,
  train: training,
  classify,
  stochastic,
  defaults,
  evidence,
  'evidence-classes': evidenceOfClasses,
  suggest,
  fit,
  averaging,
  latency,
  checkpoint,
  dcr,
  install,
  many,
  memory,
  convolution,
  images,
  cifar,
};
for (const [name, run] of Object.entries(cases)) if (chosen.length === 0 || chosen.includes(name)) run();

function measure(file, ...args) {
  const path = fileURLToPath(new URL(`cases/${file}.mjs`, import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [path, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
}

/**
 * A work unit on numbers in memory (float64) and in float32 files, there with derivatives stored and recomputed; and memory
 * that is no file's.
 */
function files() {
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-bench-'));
  console.log(
    '\nA work unit, 20 → 16 tanh → 4, data in memory and in files: processor time, resident anonymous memory\n',
  );
  console.log('| samples | threads | in memory | in files | ratio | and recomputed | ratio |');
  console.log('|---|---|---|---|---|---|---|');
  for (const samples of [200_000, 1_000_000]) {
    measure('files', samples, 'write', 1, folder);
    for (const threads of [1, 2]) {
      const [memory, ...others] = ['memory', 'stored', 'recomputed'].map((where) =>
        measure('files', samples, where, threads, folder),
      );
      const cell = ({ processor, mib }) => `${(1000 * processor).toFixed(1)} ms, ${mib.toFixed(0)} MiB`;
      const compared = others.flatMap((row) => [cell(row), (row.processor / memory.processor).toFixed(2)]);
      console.log(`| ${[samples, threads, cell(memory), ...compared].join(' | ')} |`);
    }
  }
  rmSync(folder, { recursive: true });
}

function install() {
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-bench-'));
  const row = measure('install', pack(folder));
  rmSync(folder, { recursive: true });
  const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const s = (seconds) => `${seconds.toFixed(2)} s`;
  console.log('\nThe tarball in an empty folder, medians of five\n');
  console.log(
    '| tarball | unpacked | with its packages | install | + README example | fastest | import | load the addon |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  const all = `${mb(row.all)}, ${row.packages}`;
  const times = [row.install, row.total, row.fastest, row.imports, row.addon].map(s);
  console.log(`| ${[mb(row.tarball), mb(row.unpacked), all, ...times].join(' | ')} |`);
}

function convolution() {
  const { gflopsOfProduct, shares } = measure('convolution');
  console.log(`\nConvolutions, one thread: shares of a large product (${gflopsOfProduct.toFixed(1)} GFLOP/s)\n`);
  const directions = Object.keys(Object.values(shares)[0]);
  console.log(`| filters | ${directions.join(' | ')} |`);
  console.log(`|---|${'---|'.repeat(directions.length)}`);
  for (const [layer, share] of Object.entries(shares)) {
    console.log(`| ${[layer, ...Object.values(share).map((part) => part.toFixed(2))].join(' | ')} |`);
  }
}

function images() {
  console.log('\nMNIST by a network of convolutions\n');
  console.log('| seed | test accuracy | validation | weights | processor seconds | work units | peak memory |');
  console.log('|---|---|---|---|---|---|---|');
  for (const seed of ['0', '1', '2']) {
    const row = measure('images', seed);
    const percent = (share) => `${(100 * share).toFixed(2)} %`;
    const figures = [percent(row.accuracy), percent(row.validationAccuracy), row.weights];
    const prices = [row.processorSeconds.toFixed(0), row.workUnits, `${row.mebibytes.toFixed(0)} MiB`];
    console.log(`| ${[seed, ...figures, ...prices].join(' | ')} |`);
  }
}

function cifar() {
  console.log(
    '\nThe network of the CIFAR-10 experiment, single precision, one thread: least processor times of half of H·v\n',
  );
  console.log('| backend | images | ms | µs an image | GFLOP/s | a large product | share |');
  console.log('|---|---|---|---|---|---|---|');
  for (const [backend, images] of [
    ['native', '2000'],
    ['js', '8'],
  ]) {
    const { samples, ms: unit, gflops, bound, share } = measure('cifar', 'unit', backend, images);
    const rates = [gflops, bound].map((rate) => rate.toPrecision(3));
    const cells = [backend, samples, unit.toFixed(0), ((1e3 * unit) / samples).toFixed(0), ...rates];
    console.log(`| ${[...cells, share.toFixed(2)].join(' | ')} |`);
  }
  const { samples, derivatives, held, resident, before } = measure('cifar', 'memory', '10000');
  const megabytes = [held, resident, before].map((bytes) => `${bytes.toFixed(0)} MB`);
  console.log(
    `\nA training step on ${samples} images, derivatives ${derivatives}: ${megabytes[0]} held by the training; ` +
      `${megabytes[1]} of the process at most, ${megabytes[2]} of them before.`,
  );
}

function averaging() {
  console.log('\nClassifiers by evidence, one thread: log loss/calibration error on the test samples\n');
  console.log('| data | starts | plain | averaged by the formula | by draws | wrong | CPU s | file |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const name of ['jasper', 'pines', 'mnist']) {
    for (const starts of [1, 3]) {
      const { plain, averaged, drawn, cpuSeconds, bytes } = measure('averaging', name, String(starts));
      const both = [plain, averaged, drawn].map((one) =>
        [one.crossEntropy, one.calibrationError].map((figure) => figure.toFixed(4)).join('/'),
      );
      const rest = [
        `${(100 * (1 - plain.accuracy)).toFixed(1)} %`,
        cpuSeconds.toFixed(1),
        `${(bytes / 2 ** 20).toFixed(1)} MiB`,
      ];
      console.log(`| ${[name, starts, ...both, ...rest].join(' | ')} |`);
    }
  }
}

function evidence() {
  console.log('\nRegularisation without validation data, one thread: means over splits\n');
  console.log(
    '| data | contender | splits | test error | worst | log loss | within 95 % | outputs off | CPU s | members |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  const alone = ['linear model', 'defaults', 'search', 'evidence'];
  const beside = ['search, inputs beside', 'evidence, inputs beside, 6 starts'];
  const bottlenecks = ['evidence, 5-16', 'evidence, 6-24'];
  const rows = [
    ['cdr, 600', 3, [...alone, ...bottlenecks]],
    ['two noises', 20, ['evidence']],
    ...['concrete', 'energy', 'wine'].map((name) => [name, 20, [...alone, ...beside]]),
  ];
  for (const [name, splits, contenders] of rows) {
    for (const contender of contenders) {
      const runs = Array.from({ length: splits }, (_, seed) => measure('evidence', name, contender, String(seed)));
      const mean = (of) => runs.reduce((sum, run) => sum + of(run) / splits, 0);
      const worst = Math.max(...runs.map(({ test }) => test));
      const numbers = [
        mean((run) => run.test).toPrecision(3),
        worst.toPrecision(3),
        runs[0].logLoss === null ? '–' : mean((run) => run.logLoss).toFixed(2),
        runs[0].coverage === null ? '–' : `${(100 * mean((run) => run.coverage)).toFixed(1)} %`,
        runs[0].outputsOff === null ? '–' : (100 * mean((run) => run.outputsOff)).toFixed(1),
        mean((run) => run.cpuSeconds).toFixed(1),
        mean((run) => run.members).toFixed(1),
      ];
      console.log(`| ${name} | ${contender} | ${splits} | ${numbers.join(' | ')} |`);
    }
  }
}

function evidenceOfClasses() {
  console.log('\nClassifiers of one tanh layer without settings, one thread: means of three seeds\n');
  console.log('| data | contender | accuracy | log loss | calibration error | CPU s | members |');
  console.log('|---|---|---|---|---|---|---|');
  for (const name of ['jasper', 'pines', 'mnist']) {
    for (const contender of ['defaults', 'search', 'evidence, 1 start', 'evidence']) {
      const runs = [0, 1, 2].map((seed) => measure('evidence-classes', name, contender, String(seed)));
      const mean = (of) => runs.reduce((sum, run) => sum + of(run) / runs.length, 0);
      const numbers = [
        `${(100 * mean((run) => run.accuracy)).toFixed(2)} %`,
        mean((run) => run.crossEntropy).toPrecision(3),
        mean((run) => run.calibrationError).toFixed(4),
        mean((run) => run.cpuSeconds).toFixed(1),
        mean((run) => run.members).toFixed(1),
      ];
      console.log(`| ${name} | ${contender} | ${numbers.join(' | ')} |`);
    }
  }
}

function suggest() {
  const seeds = [0, 1, 2, 3, 4];
  console.log(
    '\nA resistivity surrogate, 36 tanh features, from random and from chosen samples: test errors, one thread\n',
  );
  console.log(`| samples | mean | seeds ${seeds.join(' ')} |`);
  console.log('|---|---|---|');
  const row = (name, errors) => {
    const mean = errors.reduce((sum, error) => sum + error / errors.length, 0);
    console.log(`| ${name} | ${mean.toPrecision(3)} | ${errors.map((error) => error.toPrecision(3)).join(' ')} |`);
  };
  const byBatch = [10, 30].map((batch) => [
    batch,
    seeds.map((seed) => measure('suggest', String(seed), String(batch))),
  ]);
  const [, [, first]] = byBatch;
  for (const count of Object.keys(first[0].random))
    row(
      `${count} random`,
      first.map(({ random }) => random[count]),
    );
  for (const [batch, runs] of byBatch) {
    for (const count of [160, 190, 220, 250])
      row(
        `${count} chosen, ${batch} at a time`,
        runs.map(({ chosen }) => chosen[count]),
      );
  }
  for (const [batch, runs] of byBatch) {
    const cpu = runs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds / runs.length, 0);
    console.log(`\nCPU seconds of a run, ${batch} at a time: ${cpu.toFixed(0)}`);
  }
}

function fit() {
  if (process.env.GNVPRO_DATA_DIR === undefined) {
    console.log('\nA fit without settings: skipped, GNVPRO_DATA_DIR is not set.');
    return;
  }
  console.log('\nA fit without settings, one thread: means over splits\n');
  console.log('| data | splits | test error | worst | told | log loss | within 95 % | CPU s | most | taken |');
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  const splits = { concrete: 20, energy: 20, wine: 20, 'cdr, 600': 3, jasper: 3, pines: 3 };
  for (const [name, count] of Object.entries(splits)) {
    const runs = Array.from({ length: count }, (_, seed) => measure('fit', name, String(seed)));
    const mean = (of) => runs.reduce((sum, run) => sum + of(run) / count, 0);
    const most = (of) => Math.max(...runs.map(of));
    const names = [...new Set(runs.map(({ chosen }) => chosen))];
    const taken = names.map((name) => `${name} ${runs.filter(({ chosen }) => chosen === name).length}`);
    const numbers = [
      mean(({ test }) => test).toPrecision(3),
      most(({ test }) => test).toPrecision(3),
      mean(({ expected }) => expected).toPrecision(3),
      mean(({ logLoss }) => logLoss).toFixed(2),
      runs[0].coverage === null ? '–' : `${(100 * mean(({ coverage }) => coverage)).toFixed(1)} %`,
      mean(({ cpuSeconds }) => cpuSeconds).toFixed(1),
      most(({ cpuSeconds }) => cpuSeconds).toFixed(1),
    ];
    console.log(`| ${[name, count, ...numbers, taken.join(', ')].join(' | ')} |`);
  }
}

function workUnits() {
  const { gflops } = measure('gemm-peak');
  console.log(`\nOne work unit, one thread (dgemm 1024: ${gflops.toFixed(1)} GFLOP/s in this run)\n`);
  console.log('| size | Jacobian | native, ms | of the dgemm peak | js, ms | js / native |');
  console.log('|---|---|---|---|---|---|');
  for (const size of ['cdr', 'dcr', 'pines']) {
    for (const jacobian of ['golub-pereyra', 'kaufman']) {
      const native = measure('work-unit', size, 'native', '1', jacobian);
      const js = measure('work-unit', size, 'js', '1', jacobian);
      const share = native.flops / native.seconds / 1e9 / gflops;
      const cells = [
        size,
        jacobian,
        ms(native),
        `${(100 * share).toFixed(0)} %`,
        ms(js),
        (js.seconds / native.seconds).toFixed(1),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

function singlePrecision() {
  console.log('\nOne work unit in double and in single precision, in turns on one thread\n');
  console.log('| network | double, ms | single, ms | ratio | evaluation, ratio | MB | objective differs by |');
  console.log('|---|---|---|---|---|---|---|');
  for (const size of ['gemm', 'wide features', 'memory', 'shallow']) {
    const { ms: units, ratio, evaluationRatio, megabytes, objective } = measure('float32', size);
    const cells = [
      size,
      ...units.map((x) => x.toFixed(1)),
      ratio.toFixed(2),
      evaluationRatio.toFixed(2),
      megabytes.map((x) => x.toFixed(0)).join(' → '),
      Math.abs(objective).toExponential(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function projection() {
  const { 1: one, 2: two } = measure('projection', 'wide');
  const seconds = [one, two].map((x) => (1000 * x).toFixed(2));
  console.log('\nThe projection of least squares: 8,000 samples, 65 columns\n');
  console.log('| one thread, ms | two threads, ms | ratio |');
  console.log('|---|---|---|');
  console.log(`| ${seconds.join(' | ')} | ${(one / two).toFixed(2)} |`);
}

function checkpoint() {
  console.log('\nA checkpoint of 100,000 weights\n');
  console.log('| method | size, MB | copy, ms | encode, ms | write and flush, ms | read, ms | one iteration, ms |');
  console.log('|---|---|---|---|---|---|---|');
  for (const method of ['gnvpro', 'lbfgs', 'adam']) {
    const { bytes, copy, encode, write, decode, iteration } = measure('checkpoint', method);
    const times = [copy, encode, write, decode, iteration].map((time) => time.toPrecision(3));
    console.log(`| ${[method, (bytes / 1e6).toFixed(1), ...times].join(' | ')} |`);
  }
}

function inner() {
  console.log('\nThe projection of the softmax loss: 4,000 samples, 32 features, 16 classes, one thread\n');
  console.log('| relative gradient | start | ms | Newton iterations | of conjugate gradients |');
  console.log('|---|---|---|---|---|');
  for (const row of measure('inner')) {
    for (const [key, start] of [
      ['cold', 'W = 0'],
      ['warm', 'after a step'],
    ]) {
      const { iterations, krylovIterations } = row[key];
      console.log(`| ${[row.innerTolerance, start, ms(row[key]), iterations, krylovIterations].join(' | ')} |`);
    }
  }
}

function classify() {
  if (process.env.GNVPRO_DATA_DIR === undefined) {
    console.log('\nClassification: skipped, GNVPRO_DATA_DIR is not set.');
    return;
  }
  console.log('\nClassification, one thread: test accuracy in %, seeds 0 1 2; means of seconds and work units\n');
  console.log('| data | method | test accuracy | mean | calibration error | seconds | work units | last objective |');
  console.log('|---|---|---|---|---|---|---|---|');
  const methods = [
    'gnvpro',
    'gnvpro, preconditioned',
    'lbfgs',
    'gnvpro, then lbfgs',
    'gnvpro, refit',
    'gnvpro, 5 starts, refit',
  ];
  for (const data of ['jasper', 'pines', 'mnist']) {
    for (const method of methods) {
      const runs = [0, 1, 2].map((seed) => measure('classify', data, method, String(seed)));
      const mean = (pick) => runs.reduce((sum, run) => sum + pick(run) / runs.length, 0);
      const cells = [
        data,
        method,
        runs.map((run) => (100 * run.accuracy).toFixed(2)).join(' '),
        (100 * mean((run) => run.accuracy)).toFixed(2),
        mean((run) => run.calibrationError).toFixed(3),
        mean((run) => run.seconds).toFixed(2),
        mean((run) => run.workUnits).toFixed(0),
        mean((run) => run.objective).toFixed(5),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

function stochastic() {
  if (process.env.GNVPRO_DATA_DIR === undefined) {
    console.log('\nBatches: skipped, GNVPRO_DATA_DIR is not set.');
    return;
  }
  console.log('\nBatches of a quarter of the samples, three iterations each, one thread: means of seeds 0 1 2');
  console.log('at equal processor seconds, MNIST 8, Jasper 1: the best until a quarter, a half and all of them\n');
  console.log(
    '| data | method | wrong validation samples, % | least objective | test accuracy | work units | memory |',
  );
  console.log('|---|---|---|---|---|---|---|');
  const names = ['all samples', 'nested parts', 'batches', 'batches, then all'].map((name) => `gnvpro, ${name}`);
  for (const data of ['mnist', 'jasper']) {
    for (const method of [...names, 'ADAM, 1e-3', 'ADAM, 3e-3', 'ADAM, 1e-2']) {
      const runs = [0, 1, 2].map((seed) => measure('stochastic', data, method, String(seed)));
      const mean = (pick) => runs.reduce((sum, run) => sum + pick(run) / runs.length, 0);
      const each = (pick, digits, k) =>
        runs.some(({ until }) => pick(until[k]) === null) ? '–' : mean(({ until }) => pick(until[k])).toFixed(digits);
      const atEach = (pick, digits) => [0, 1, 2].map((k) => each(pick, digits, k)).join(' / ');
      const cells = [
        ...[
          data,
          method,
          atEach(({ validation }) => validation && 100 * validation, 2),
          atEach(({ objective }) => objective, 4),
        ],
        runs.map((run) => (100 * run.accuracy).toFixed(2)).join(' '),
        mean((run) => run.workUnits).toFixed(0),
        `${(mean((run) => run.memoryBytes) / 2 ** 20).toFixed(0)} MiB`,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

function defaults() {
  const isThere = process.env.GNVPRO_DATA_DIR !== undefined;
  const names = isThere ? Object.keys(problems) : ['dcr', 'peaks', 'spirals'];
  console.log('\nPlain defaults and the linear (or logistic) model, one thread: means of seeds 0 1 2\n');
  console.log('| data | α_θ, α_W | inputs | validation | test, seeds 0 1 2 | mean | linear | CPU s | iterations |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const name of names) {
    const runs = [0, 1, 2].map((seed) => measure('defaults', name, String(seed)));
    const mean = (pick) => (runs.reduce((sum, run) => sum + pick(run), 0) / runs.length).toPrecision(3);
    const { regularization, scaling } = runs[0].network.used;
    const cells = [
      name,
      [regularization.theta, regularization.W].map((alpha) => alpha.toPrecision(1)).join(', '),
      scaling.inputs,
      mean(({ network }) => network.validation),
      runs.map(({ network }) => network.test.toPrecision(3)).join(' '),
      mean(({ network }) => network.test),
      mean(({ linear }) => linear.test),
      mean(({ network }) => network.cpuSeconds),
      runs.map(({ network }) => network.iterations).join(' '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function paperExperiment() {
  if (process.env.GNVPRO_DATA_DIR === undefined || process.env.GNVPRO_ORACLE_DIR === undefined) {
    console.log('\nThe experiment of the paper: skipped, GNVPRO_DATA_DIR and GNVPRO_ORACLE_DIR are not set.');
    return;
  }
  console.log(
    '\nThe experiment of the paper on the genuine CDR data: three levels of at most 228 work units, seeds 0 1 2\n',
  );
  console.log('| α | Jacobian | test error | seconds |');
  console.log('|---|---|---|---|');
  for (const alpha of ['1e-10', '1e-6']) {
    for (const jacobian of ['golub-pereyra', 'kaufman']) {
      const runs = [0, 1, 2].map((seed) => measure('train-paper', String(seed), alpha, jacobian));
      const each = (pick) => runs.map(pick).join(' ');
      const cells = [
        alpha,
        jacobian,
        each((run) => run.test.toFixed(4).slice(1)),
        each((run) => run.seconds.toFixed(2)),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

function training() {
  if (process.env.GNVPRO_DATA_DIR === undefined) {
    console.log('\nTraining on CDR: skipped, GNVPRO_DATA_DIR is not set.');
    return;
  }
  console.log('\nTraining on the genuine CDR data, one thread: mean test error and seconds, seeds 0 1 2\n');
  console.log(
    '| method | test error | seconds until the best point | seconds to .005 / .002 / .0015 / .0012 | work units |',
  );
  console.log('|---|---|---|---|---|');
  for (const method of ['dense', 'dense-truncated', 'krylov-plain', 'krylov-pairs', 'lbfgs']) {
    for (const network of ['5-16', '6-24']) {
      const runs = [0, 1, 2].map((seed) => measure('train-cdr', method, network, String(seed)));
      const each = (pick) => runs.map(pick).join(' ');
      const goals = [0, 1, 2, 3].map((i) => average(runs.map((run) => run.seconds[i])));
      const cells = [
        `${method}, ${network}`,
        each((run) => run.test.toFixed(4).slice(1)),
        each((run) => run.bestSeconds.toFixed(2)),
      ];
      console.log(`| ${[...cells, goals.join(' / '), each((run) => run.workUnits)].join(' | ')} |`);
    }
  }
}

function dcr() {
  const { samples, seconds, cpuSeconds } = measure('dcr');
  console.log(
    '\nGenerating the resistivity problem, one thread: samples, seconds by the clock and of processor, ms of processor a sample\n',
  );
  console.log(
    `${samples} samples, ${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s, ${((1000 * cpuSeconds) / samples).toFixed(1)} ms`,
  );
}

function latency() {
  const runs = ['samples', 'weights', 'vectors'].flatMap((problem) =>
    [1, 2].map((threads) => ({ problem, threads, ...measure('latency', problem, String(threads)) })),
  );
  console.log(
    '\nDelay of the event loop in ms, above that of the idle process in the same run, and the call of train()\n',
  );
  console.log('| problem | threads | p50 | p99 | max | longest gap | 99 % of moments wait | call |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { problem, threads, samples, d, t, weights, call, idle, training } of runs) {
    const above = (key) => Math.max(0, training[key] - idle[key]).toFixed(1);
    const size = `${problem}: ${samples} × ${d} → ${t}, ${weights} weights`;
    const cells = [size, threads, ...['p50', 'p99', 'max', 'gap', 'wait99'].map(above), call.toFixed(0)];
    console.log(`| ${cells.join(' | ')} |`);
  }
  console.log('\nFrom abort() until the promise of train() is settled, ms\n');
  console.log('| problem | threads | phase | it lasts | median | max |');
  console.log('|---|---|---|---|---|---|');
  for (const { problem, threads, aborts } of runs) {
    for (const { phase, lasts, median, max } of aborts) {
      const times = [median, max].map((time) => time?.toFixed(1) ?? '–');
      console.log(`| ${[problem, threads, phase, lasts.toFixed(0), ...times].join(' | ')} |`);
    }
  }
}

function memory() {
  console.log('\nDerivatives stored and computed again, 20,000 samples, 3 outputs, Krylov steps, one thread\n');
  console.log('| network | stored, MB | again, MB | stored, CPU ms a unit | again | ratio | operations of products |');
  console.log('|---|---|---|---|---|---|---|');
  for (const { name, stored, recomputed } of measure('memory')) {
    const mb = [stored, recomputed].map(({ memoryBytes }) => (memoryBytes / 1e6).toFixed(0));
    const ms = [stored, recomputed].map(({ seconds }) => (seconds * 1000).toFixed(1));
    const ratio = (recomputed.seconds / stored.seconds).toFixed(2);
    console.log(`| ${[name, ...mb, ...ms, ratio, recomputed.costOfProducts.toFixed(2)].join(' | ')} |`);
  }
}

function many() {
  console.log('\n200 small fits, seconds: train() in a loop, and an ensemble with 1 and 2 at a time\n');
  console.log('| samples | loop | 1 | 2 | 1 / 2 | loop / 2 |');
  console.log('|---|---|---|---|---|---|');
  for (const samples of [200, 2000]) {
    const [loop, one, two] = [0, 1, 2].map(
      (concurrency) => measure('many', String(samples), String(concurrency)).seconds,
    );
    const cells = [samples, ...[loop, one, two, one / two, loop / two].map((value) => value.toFixed(2))];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function average(values) {
  if (values.some((value) => value === null)) return 'not all';
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2);
}

function ms({ seconds }) {
  return (seconds * 1000).toPrecision(3);
}
