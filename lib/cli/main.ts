#!/usr/bin/env node
/** @file The program `gnvpro`. */
import { run } from './cli.js';

process.exitCode = await run(process.argv.slice(2));
