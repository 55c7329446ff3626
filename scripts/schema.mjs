/** Writes the JSON Schema of job files, from the options as they are built, where editors find it. */
import { writeFileSync } from 'node:fs';
import { jobSchema } from '../dist/schema/schema.js';

writeFileSync(new URL('../dist/job.schema.json', import.meta.url), `${JSON.stringify(jobSchema, null, 2)}\n`);
