/**
 * The projection of least squares by one thread and by two, in turns: the least of many, since what else runs on the
 * machine only adds. Arguments: size, repetitions. Prints one JSON line, seconds by threads.
 */
import { selectBackend } from '../../dist/backend/select.js';
import { problem, sizes } from '../problems.mjs';

const [name, repetitions = '60'] = process.argv.slice(2);
const contenders = [1, 2].map((threads) => {
  const { network, definition } = problem(sizes[name], { threads });
  const session = selectBackend('native').createSession(definition);
  return { threads, session, theta: network.initialWeights(3), seconds: Number.POSITIVE_INFINITY };
});

for (let i = 0; i < Number(repetitions); i++) {
  for (const contender of contenders) {
    const before = contender.session.timings().projection;
    contender.session.evaluate(contender.theta).sync();
    contender.seconds = Math.min(contender.seconds, contender.session.timings().projection - before);
  }
}
console.log(JSON.stringify(Object.fromEntries(contenders.map(({ threads, seconds }) => [threads, seconds]))));
