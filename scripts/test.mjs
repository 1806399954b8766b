/**
 * `npm test`: everything that must hold, in order, stopping at the first stage that fails. From a fresh clone it
 * installs the packages, prepares the data and finds or installs a browser with WebGPU first.
 * `npm test -- unit gpu` runs only those stages.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { installPackages, nodeProblem } from './installation.mjs';
import { exitCode, spawnNpm } from './npm.mjs';

const REPORTS = path.resolve('.cache/test');

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Ctrl-C reaches the stage by itself on a terminal; a signal from elsewhere does not. */
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    console.error('Interrupted.');
    process.exit(130);
  });
}

/**
 * @typedef {object} Stage
 * @property {string} name by which it is asked for, and vitest's project where there is no script
 * @property {string} [script] of npm
 * @property {boolean} [counts] vitest runs it
 * @property {boolean} [browser] it needs one, if only for the graphics driver in software that it brings
 */

/**
 * What runs. Turns come one after the other; within a turn the lanes run at once, and the stages of a lane one after the
 * other. A software adapter keeps two cores busy, so that stages that compute on one gain nothing by company.
 * @type {readonly Stage[][][]}
 */
const TURNS = [
  [
    [
      { name: 'format', script: 'format:check' },
      { name: 'check', script: 'check' },
    ],
    [{ name: 'lint', script: 'lint' }],
  ],
  [[{ name: 'unit', script: 'test:unit', counts: true }]],
  [[{ name: 'build', script: 'build' }]],
  [[{ name: 'gpu', script: 'test:gpu', counts: true, browser: true }]],
  [[{ name: 'node-gpu', counts: true, browser: true }]],
  [[{ name: 'page', script: 'test:page', counts: true, browser: true }]],
  [[{ name: 'golden', script: 'test:golden', counts: true, browser: true }]],
];
const STAGES = TURNS.flat(2);

/** @param {Stage} stage */
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

/**
 * Runs a stage. What it says appears as it comes; beside others each line after the stage's name.
 * @param {Stage} stage
 */
async function runStage(
  { name, script, counts },
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {boolean} */ isBeside,
) {
  const report = path.join(REPORTS, `${name}.json`);
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const startedAt = performance.now();
  const start = script
    ? ['run', '--silent', script, '--']
    : ['exec', '--', 'vitest', 'run', '--project', name];
  const args = [...start, ...(counts ? reporters : [])];
  const child = spawnNpm(args, { stdio: isBeside ? ['inherit', 'pipe', 'pipe'] : 'inherit', env });
  running.add(child);
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => console.log(`${name} │ ${line}`));
  const code = await exitCode(child);
  running.delete(child);
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
  const failures = /** @type {Stage[]} */ ([]);
  const place = (/** @type {Stage} */ stage) =>
    `[${stages.indexOf(stage) + 1}/${stages.length}] ${stage.name}`;
  const runLane = async (/** @type {readonly Stage[]} */ lane, /** @type {boolean} */ isBeside) => {
    for (const stage of lane) {
      if (failures.length > 0) return;
      console.log(`\n${place(stage)}: ${commandOf(stage)}`);
      const { code, seconds, passed, failed } = await runStage(stage, env, isBeside);
      total.passed += passed;
      total.failed += failed;
      console.log(`${place(stage)}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
      if (code !== 0) failures.push(stage);
    }
  };
  for (const turn of TURNS) {
    const lanes = turn
      .map((lane) => lane.filter((stage) => stages.includes(stage)))
      .filter(({ length }) => length > 0);
    await Promise.all(lanes.map((lane) => runLane(lane, lanes.length > 1)));
  }
  for (const failure of failures)
    console.error(`\nStage ${failure.name} failed: see above, and "${commandOf(failure)}" repeats it alone.`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await test();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
