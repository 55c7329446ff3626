#!/usr/bin/env node
/** @file The program `gnvpro`. */
import { hangupIgnored } from './hangup.js';
import { guardStreams } from './output.js';

guardStreams();
if (hangupIgnored) process.on('SIGHUP', () => undefined);
const { run } = await import('./cli.js'); // loading it takes a while, in which a hang-up may come
const code = await run(process.argv.slice(2));
process.exit(code); // by itself, Node would stop listening to signals first, and one of them could end it otherwise
