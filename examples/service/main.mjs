/** Listens until SIGTERM or SIGINT; trainings then leave checkpoints, and the next start goes on with them. */
import { setThreads } from 'gnvpro';
import { buildService } from './service.mjs';

const { PORT = '3000', HOST = '127.0.0.1', JOBS = 'jobs', AT_ONCE = '4', THREADS } = process.env;
if (THREADS !== undefined) setThreads(Number(THREADS));
const app = await buildService({ folder: JOBS, atOnce: Number(AT_ONCE), waiting: Number(process.env.WAITING ?? 100) });
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => app.close());
console.log(`Listening on ${await app.listen({ port: Number(PORT), host: HOST })}`);
