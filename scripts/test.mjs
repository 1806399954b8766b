/**
 * `npm test`: everything that must hold, in order, stopping at the first stage that fails. From a fresh clone it
 * installs the packages, prepares the data and finds or installs a browser with WebGPU first.
 * `npm test -- unit gpu` runs only those stages.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { installPackages, nodeProblem } from './installation.mjs';
import { exitCode, spawnNpm } from './npm.mjs';

const REPORTS = path.resolve('.cache/test');

/** @type {import('node:child_process').ChildProcess | null} */
let running = null;

/** Ctrl-C reaches the stage by itself on a terminal; a signal from elsewhere does not. */
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    running?.kill(signal);
    console.error('Interrupted.');
    process.exit(130);
  });
}

/**
 * What runs, by short name: an npm script, or else vitest's project of that name. `counts` marks those that vitest runs,
 * `browser` those that need one, if only for the graphics driver in software that it brings.
 */
const STAGES = [
  { name: 'format', script: 'format:check' },
  { name: 'lint', script: 'lint' },
  { name: 'check', script: 'check' },
  { name: 'unit', script: 'test:unit', counts: true },
  { name: 'build', script: 'build' },
  { name: 'gpu', script: 'test:gpu', counts: true, browser: true },
  { name: 'node-gpu', counts: true, browser: true },
  { name: 'page', script: 'test:page', counts: true, browser: true },
  { name: 'golden', script: 'test:golden', counts: true, browser: true },
];

/** @param {typeof STAGES[number]} stage */
const commandOf = ({ name, script }) => (script ? `npm run ${script}` : `npx vitest run --project ${name}`);

/** @returns the stages asked for, in their own order */
function chosenStages(/** @type {readonly string[]} */ names) {
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No stage ${unknown.join(', ')}; there are ${STAGES.map(({ name }) => name).join(', ')}.`,
    );
  }
  return names.length === 0 ? STAGES : STAGES.filter(({ name }) => names.includes(name));
}

/** What vitest noted for a stage; nothing where it did not get that far. */
async function readReport(/** @type {string} */ file) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(file, 'utf8'));
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/** @param {typeof STAGES[number]} stage */
async function runStage({ name, script, counts }, /** @type {NodeJS.ProcessEnv} */ env) {
  const report = path.join(REPORTS, `${name}.json`);
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const startedAt = performance.now();
  const start = script
    ? ['run', '--silent', script, '--']
    : ['exec', '--', 'vitest', 'run', '--project', name];
  const args = [...start, ...(counts ? reporters : [])];
  running = spawnNpm(args, { stdio: 'inherit', env });
  const code = await exitCode(running);
  return { code, seconds: (performance.now() - startedAt) / 1000, ...(await readReport(report)) };
}

async function prepareFashionMnist() {
  const code = await exitCode(spawnNpm(['run', '--silent', 'data', 'fashion-mnist'], { stdio: 'inherit' }));
  if (code !== 0) throw new Error('The tests need Fashion-MNIST; see the message above.');
}

/** @returns {Promise<number>} exit code */
async function test() {
  const problem = nodeProblem();
  if (problem !== null) throw new Error(problem);
  const stages = chosenStages(process.argv.slice(2));
  await installPackages();
  await mkdir(REPORTS, { recursive: true });
  await prepareFashionMnist();
  const env = { ...process.env };
  if (stages.some(({ browser }) => browser)) {
    const { findBrowser } = await import('./find-browser.mjs'); // Playwright's part needs the packages
    env.SEEDLAB_BROWSER = await findBrowser();
  }

  const total = { passed: 0, failed: 0 };
  let failure = null;
  for (const [index, stage] of stages.entries()) {
    console.log(`\n[${index + 1}/${stages.length}] ${stage.name}: ${commandOf(stage)}`);
    const { code, seconds, passed, failed } = await runStage(stage, env);
    total.passed += passed;
    total.failed += failed;
    console.log(
      `[${index + 1}/${stages.length}] ${stage.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`,
    );
    if (code !== 0) {
      failure = stage;
      break;
    }
  }
  if (failure !== null)
    console.error(`\nStage ${failure.name} failed: see above, and "${commandOf(failure)}" repeats it alone.`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return failure === null ? 0 : 1;
}

try {
  process.exitCode = await test();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
