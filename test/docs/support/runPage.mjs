// Runs the blocks of a page in the current folder, one after the other; see pages.test.ts. Argument: a file with them.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [file] = process.argv.slice(2);
for (const { line, language, code } of JSON.parse(readFileSync(file, 'utf8'))) {
  const name = join(process.cwd(), `line-${line}.${language === 'js' ? 'mjs' : 'sh'}`);
  writeFileSync(name, code);
  console.log(`--- line ${line}`);
  const error = language === 'js' ? await failureOfModule(name) : failureOfShell(name);
  appendFileSync(`${file}.ended`, `${JSON.stringify({ line, error })}\n`);
}

async function failureOfModule(name) {
  try {
    await import(pathToFileURL(name));
    return null;
  } catch (error) {
    return error?.stack ?? String(error);
  }
}

function failureOfShell(name) {
  // `timeout` ends what the shell has started, too.
  const command = ['100', 'bash', '-e', '-o', 'pipefail', name];
  const { status, stdout, stderr } = spawnSync('timeout', command, { encoding: 'utf8' });
  console.log(stdout);
  return status === 0 ? null : `exit code ${status}\n${stderr}`;
}
