import { measureBaseline, type Baseline } from './baseline';
import { engines, REFERENCE, workloads } from './catalogue';
import { contest, type Contestant, type ContestLimits, type Outcome } from './contest';
import { DeviceCounters } from './device-counters';
import type { Engine } from './engine';
import { initialValuesOf, type InitialValues } from './initial-values';
import { openLab } from './open-lab';
import { profile, type ProgramTime } from './profile';
import type { Problem, Sizes, Workload } from './workload';

/** A workload's sizes and the engines to measure on it, in one page or process. */
export interface ContestJob extends ContestLimits {
  kind: 'contest';
  workload: string;
  sizes: Sizes;
  engines: readonly string[];
}

/** Workloads of one engine side by side, so that a method's cost shows next to what it adds to or saves. */
export interface ComparisonJob extends ContestLimits {
  kind: 'comparison';
  engine: string;
  workloads: readonly string[];
}

/** Where the time of our engine goes. */
export interface ProfileJob {
  kind: 'profile';
  workload: string;
}

export interface BaselineJob {
  kind: 'baseline';
  repeats: number;
}

/** What one fresh page or process does. */
export type Job = ContestJob | ComparisonJob | ProfileJob | BaselineJob;

/** How one engine did on one workload. */
export interface Pair {
  engine: string;
  workload: string;
  sizes: Sizes;
  flopsPerStep: number;
  /** Absent where the engine did not open. */
  adapter?: string;
  outcome: Outcome | { status: 'not implemented' } | { status: 'unavailable'; reason: string };
}

export type JobResult =
  | { kind: 'contest' | 'comparison'; pairs: Pair[] }
  | { kind: 'profile'; programs: ProgramTime[] }
  | { kind: 'baseline'; baseline: Baseline };

/**
 * Does one job.
 * @throws DeviceError where there is no WebGPU.
 */
export async function runJob(job: Job, report: (phrase: string) => void): Promise<JobResult> {
  switch (job.kind) {
    case 'baseline':
      return { kind: job.kind, baseline: await measureBaseline(job.repeats) };
    case 'profile': {
      const { problem, sizes } = workloadNamed(job.workload);
      return { kind: job.kind, programs: await profile(problem(sizes)) };
    }
    case 'comparison':
      return { kind: job.kind, pairs: await runComparison(job, report) };
    case 'contest':
      return { kind: job.kind, pairs: await runContest(job, report) };
  }
}

async function runContest(job: ContestJob, report: (phrase: string) => void): Promise<Pair[]> {
  const workload = workloadNamed(job.workload);
  const problem = workload.problem(job.sizes);
  const initial = await initialValues(problem);

  const counters = new DeviceCounters();
  const contestants: Contestant[] = [];
  const absent = new Map<string, Pair['outcome']>();
  const adapters = new Map<string, string>();
  for (const name of new Set([REFERENCE, ...job.engines])) {
    const engine = engineNamed(name);
    counters.chargeTo(name);
    report(`${name}: opening`);
    try {
      const { adapter, trainer: create } = await engine.open();
      adapters.set(name, adapter);
      const trainer = await create(problem, initial);
      const isOnlyReference = !job.engines.includes(name);
      const { usesGpu } = engine;
      if (trainer) contestants.push({ name, checkedAgainst: REFERENCE, usesGpu, trainer, isOnlyReference });
      else absent.set(name, { status: 'not implemented' });
    } catch (error) {
      if (name === REFERENCE) throw error;
      absent.set(name, {
        status: 'unavailable',
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const outcomes = await contest(contestants, job, counters, report);
  for (const { trainer } of contestants) trainer.dispose();

  return job.engines.map((engine) => {
    const outcome = absent.get(engine) ?? outcomes.get(engine) ?? { status: 'not implemented' };
    const adapter = adapters.get(engine);
    const { workload, sizes } = job;
    const pair = { engine, workload, sizes, flopsPerStep: problem.flopsPerStep, outcome };
    return adapter === undefined ? pair : { ...pair, adapter };
  });
}

async function runComparison(job: ComparisonJob, report: (phrase: string) => void): Promise<Pair[]> {
  const engine = engineNamed(job.engine);
  const { adapter, trainer: create } = await engine.open();
  const counters = new DeviceCounters();
  const contestants: Contestant[] = [];
  const problems = new Map<string, Problem>();
  for (const name of job.workloads) {
    const workload = workloadNamed(name);
    const problem = workload.problem(workload.sizes);
    const initial = await initialValues(problem);
    counters.chargeTo(name);
    const trainer = await create(problem, initial);
    problems.set(name, problem);
    if (trainer) contestants.push({ name, usesGpu: engine.usesGpu, trainer, isOnlyReference: false });
  }
  const outcomes = await contest(contestants, job, counters, report);
  for (const { trainer } of contestants) trainer.dispose();
  return job.workloads.map((workload) => ({
    engine: job.engine,
    workload,
    sizes: workloadNamed(workload).sizes,
    flopsPerStep: problems.get(workload)?.flopsPerStep ?? NaN,
    adapter,
    outcome: outcomes.get(workload) ?? { status: 'not implemented' },
  }));
}

function engineNamed(name: string): Engine {
  const engine = engines.get(name);
  if (!engine) throw new RangeError(`there is no engine "${name}"`);
  return engine;
}

function workloadNamed(name: string): Workload {
  const workload = workloads.get(name);
  if (!workload) throw new RangeError(`there is no workload "${name}"`);
  return workload;
}

/** The values that our parameters start from; all engines start from these. */
async function initialValues(problem: Problem): Promise<InitialValues> {
  const lab = await openLab();
  await lab.activate();
  const task = problem.lab();
  try {
    return await initialValuesOf(task.parameters);
  } finally {
    task.dispose();
  }
}
