import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stderr, stdout } from 'node:process';
import { readArguments, USAGE, UsageError, type MeasureCommand, type ProfileCommand } from './arguments';
import { engines, REFERENCE, workloads } from './catalogue';
import { DeviceError } from '../src/engine/device-error';
import type { Host, Workplace } from './host';
import type { Baseline } from './baseline';
import type { Job, JobResult, Pair } from './job';
import { updateReadme } from './readme';
import { profileText, terminalReport } from './report';
import { fileNameOf, toJson, type Machine, type Results, type ScaledPair } from './results';

/** What the command's exit code says, as for `npm run lab`. */
const EXIT = { done: 0, failed: 1, refused: 2, noDevice: 3 } as const;

/** Repetitions of the copy and the product; they take milliseconds. */
const BASELINE_REPEATS = 9;

/** Engines that are timed over all sizes unless others are asked for: the rest take too long. */
const SCALED_ENGINES = [REFERENCE];

const PACKAGES = ['@tensorflow/tfjs-core', '@jax-js/jax'];

/**
 * The command line, as `scripts/bench.mjs` calls it.
 * @param args what follows the program's name
 * @returns exit code
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  try {
    const known = { engines: [...engines.keys()], workloads: [...workloads.keys()] };
    const command = readArguments(args, known);
    if (command.name === 'help') stdout.write(`${USAGE}\n`);
    else if (command.name === 'list') stdout.write(`${catalogueText()}\n`);
    else if (command.name === 'profile') await showProfiles(command, host);
    else if (command.name === 'readme') await updateReadme(command.file);
    else
      await measure(
        command,
        host,
        args.some((argument) => argument.startsWith('--engine')),
      );
    return EXIT.done;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    stderr.write(`${message}${error instanceof UsageError ? `\n\n${USAGE}` : ''}\n`);
    if (error instanceof UsageError) return EXIT.refused;
    return error instanceof DeviceError ? EXIT.noDevice : EXIT.failed;
  }
}

function catalogueText(): string {
  const rowsOf = (entries: ReadonlyMap<string, { description: string }>) =>
    [...entries].map(([name, { description }]) => `  ${name}  ${description}`.replace(name, name.padEnd(14)));
  return ['Engines', ...rowsOf(engines), '', 'Workloads', ...rowsOf(workloads)].join('\n');
}

interface PlannedJob {
  label: string;
  job: Job;
  /** The size that is changed, where it is one of a series. */
  axis?: string;
}

/** Everything there is to do, one fresh page or process each. */
function plan(command: MeasureCommand, choseEngines: boolean): PlannedJob[] {
  const { repeats, budgetSeconds } = command;
  const limits = { repeats, budgetMs: 1000 * budgetSeconds };
  const jobs: PlannedJob[] = [
    { label: 'copy and matrix product', job: { kind: 'baseline', repeats: BASELINE_REPEATS } },
  ];
  for (const group of comparisons(command.workloads))
    jobs.push({
      label: `${group.join(' next to ')} on ${REFERENCE}`,
      job: { kind: 'comparison', engine: REFERENCE, workloads: group, ...limits },
    });
  for (const name of command.workloads) {
    const workload = workloads.get(name);
    if (!workload) continue;
    const job = { kind: 'contest', workload: name, engines: command.engines, ...limits } as const;
    jobs.push({ label: name, job: { ...job, sizes: workload.sizes } });
    if (!command.scaling) continue;
    for (const [axis, values] of Object.entries(workload.scaling ?? {})) {
      for (const value of values) {
        const scaled = choseEngines ? command.engines : SCALED_ENGINES;
        const sizes = { ...workload.sizes, [axis]: value };
        jobs.push({ label: `${name}, ${axis} ${value}`, axis, job: { ...job, engines: scaled, sizes } });
      }
    }
  }
  return jobs;
}

/** Workloads and those they are compared with, the latter first, as far as they are among the chosen. */
export function comparisons(chosen: readonly string[]): string[][] {
  const groups = chosen.map((base) => [
    base,
    ...chosen.filter((name) => workloads.get(name)?.comparedWith === base),
  ]);
  return groups.filter((group) => group.length > 1);
}

async function measure(command: MeasureCommand, host: Host, choseEngines: boolean): Promise<void> {
  const startedAt = performance.now();
  const date = new Date().toISOString();
  const place = await host.open(command.where);
  const pairs: Pair[] = [];
  const compared: Pair[][] = [];
  const scaling: ScaledPair[] = [];
  let baseline: Baseline | null = null;
  try {
    const jobs = plan(command, choseEngines);
    for (const [index, { label, job, axis }] of jobs.entries()) {
      const progress = host.progress(`[${index + 1}/${jobs.length}] ${label}`);
      const result = await runIn(place, job, (phrase) => {
        progress.update(null, phrase);
      });
      progress.finish('done');
      if (result.kind === 'baseline') baseline = result.baseline;
      else if (result.kind === 'comparison') compared.push(result.pairs);
      else if (result.kind === 'contest' && axis === undefined) pairs.push(...result.pairs);
      else if (result.kind === 'contest' && axis !== undefined)
        scaling.push(...result.pairs.map((pair): ScaledPair => ({ axis, pair })));
    }
  } finally {
    await place.close();
  }
  if (!baseline) throw new Error('The baseline was not measured.');
  const complete: Results = {
    date,
    build: __BUILD__,
    isUncommitted: host.isUncommitted(),
    where: command.where,
    machine: machine(),
    versions: { node: process.versions.node, ...place.versions, ...host.packageVersions(PACKAGES) },
    repeats: command.repeats,
    budgetSeconds: command.budgetSeconds,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    baseline,
    pairs,
    comparisons: compared,
    scaling,
  };
  stdout.write(`${terminalReport(complete)}\n`);
  const files = [command.json, command.save ? path.join('bench/results', fileNameOf(complete)) : undefined];
  for (const file of files.filter((name) => name !== undefined)) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, toJson(complete));
    stderr.write(`Results in ${file}\n`);
  }
}

/** Prints where the time of our steps goes. */
async function showProfiles({ workloads: names, where }: ProfileCommand, host: Host): Promise<void> {
  const place = await host.open(where);
  try {
    for (const workload of names) {
      const progress = host.progress(`${workload}: every program alone`);
      const result = await runIn(place, { kind: 'profile', workload }, () => undefined);
      progress.finish('done');
      if (result.kind === 'profile') stdout.write(`${workload}\n${profileText(result.programs)}\n\n`);
    }
  } finally {
    await place.close();
  }
}

/** @throws DeviceError or Error as the page or process reported it. */
async function runIn(place: Workplace, job: Job, report: (phrase: string) => void): Promise<JobResult> {
  const reply = await place.run(job, report);
  if ('result' in reply) return reply.result;
  throw reply.isDeviceMissing ? new DeviceError(reply.failure) : new Error(reply.failure);
}

const machine = (): Machine => ({
  processor: os.cpus()[0]?.model.trim() ?? 'unknown processor',
  cores: os.availableParallelism(),
  memoryGB: Math.round(os.totalmem() / 2 ** 30),
  system: `${os.type()} ${os.arch()}`,
});
