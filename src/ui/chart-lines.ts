import type { Card } from '../run/card';
import type { ChartLine, SeedGroup, SeedLine } from './charts/line';
import type { LabRun } from './lab-run.svelte';
import type { PlannedRun } from '../run/plan';
import { knobText, knobValueText, labelInSentence } from './knob-text';
import { derivationOf, variantTitle } from './variant-name';
import { xAt, type XAxis } from '../run/x-axis';

interface Scene {
  card: Card;
  runs: readonly LabRun[];
  /** The present setting's runs; others on the page are from earlier ones. */
  plan: readonly PlannedRun[];
  numbers: ReadonlyMap<string, number>;
  axis: XAxis;
  /** The variant that differences are to, where the reader chose one. */
  baseline?: string | undefined;
}

/** A run's curve, and the setting whose seeds are averaged with it. */
interface Drawn {
  run: LabRun;
  line: SeedLine;
  setting: string;
}

/** What a chart draws: curves, and seeds of one setting together. */
export interface DrawnCurves {
  lines: ChartLine[];
  groups: SeedGroup[];
}

/** Every shown run's curve of one metric. The columns are the runs' own; nothing is copied. */
export const chartLines = (scene: Scene, metric: string): ChartLine[] =>
  drawnRuns(scene, metric).map(({ line }) => line);

/**
 * The same with the seeds of each setting together, where there are several: those that repeat each other but for their seed,
 * of one build and one origin. Of a seed that ran twice the later run counts. Settings of which one seed ran are curves as
 * they are.
 */
export function chartMeans(scene: Scene, metric: string): DrawnCurves {
  const settings = new Map<string, { look: SeedLine; seeds: Map<number, SeedLine> }>();
  for (const { run, line, setting } of drawnRuns(scene, metric)) {
    // The first run of a setting has its name and weight, whichever runs are averaged.
    const known = settings.get(setting) ?? { look: line, seeds: new Map<number, SeedLine>() };
    settings.set(setting, known);
    known.seeds.set(run.seed, line);
  }
  const curves: DrawnCurves = { lines: [], groups: [] };
  for (const [setting, { look, seeds }] of settings) {
    const members = [...seeds.values()];
    const { label, color, weight, part, strength, reference } = look;
    if (members.length === 1) curves.lines.push(...members.map((line) => ({ ...line, label, weight })));
    else if (!haveEqualSteps(members))
      curves.lines.push(
        ...members.map((line, i) =>
          i === 0 ? { ...line, label, weight } : { ...line, label: '', weight: 'seed' as const },
        ),
      );
    else
      curves.groups.push({
        // Along another axis the same seeds are other curves.
        id: `mean of ${setting}, ${scene.axis}`,
        ...{ label, color, weight },
        ...(part && { part }),
        ...(strength !== undefined && { strength }),
        ...(reference !== undefined && { reference }),
        members: members.map((line) => ({ ...line, label: '', weight: 'seed' })),
        sharedX: scene.axis !== 'seconds',
        meanOnly: weight === 'seed',
      });
  }
  return curves;
}

/** So many of the first points tell whether seeds report at the same steps. */
const SAMPLE = 16;

/**
 * Whether seeds report at the same steps, so that they have a mean. What is told by the clock, such as throughput, comes at
 * steps that differ from run to run.
 */
function haveEqualSteps([first, ...others]: readonly SeedLine[]): boolean {
  if (!first) return false;
  const known = first.step.subarray(0, Math.min(SAMPLE, first.length));
  return others.every((line) => {
    const sample = line.step.subarray(0, Math.min(SAMPLE, line.length, known.length));
    return 2 * sample.filter((step) => known.includes(step)).length >= sample.length;
  });
}

/** Names a setting as its first run is named, with what tells it apart from others of its variant. */
function nameOfSetting({ card, plan }: Scene, run: LabRun, front: LabRun | undefined): string {
  const name = variantTitle(card, run.variant);
  if (!front) return `${name}, ${whatWasOther(card, run, plan)}`;
  if (isAlike(run, front)) return name;
  return `${name}, ${run.origin === front.origin ? `build ${run.build}` : run.origin}`;
}

function drawnRuns(scene: Scene, metric: string): Drawn[] {
  const { card, runs, plan, numbers, axis, baseline } = scene;
  const present = new Set(plan.map(({ specDigest }) => specDigest));
  const drawn = runs.filter((run) => run.shown && (run.series.of(metric)?.length ?? 0) > 0);
  const presentDrawn = drawn.some(({ specDigest }) => present.has(specDigest));
  const named = new Set<string>();
  const fronts = frontRuns(drawn);
  const sweptAs = sweptPlaces(card, drawn);
  return drawn.flatMap((run) => {
    const columns = run.series.of(metric);
    const x = columns?.along(axis, run.facts);
    if (!columns || !x) return [];
    const isPresent = present.has(run.specDigest);
    const group = `${run.variant} ${run.specDigest} ${run.build} ${run.origin}`;
    const first = !named.has(group);
    named.add(group);
    const number = numbers.get(run.variant) ?? numbers.size;
    const front = isPresent ? fronts.get(run.specDigest) : undefined;
    const isFront = front !== undefined && isAlike(run, front);
    // Further seeds and, beside present runs, those of earlier settings and earlier builds step back.
    const faint = !first || (presentDrawn && !isFront);
    const swept = sweptAs(run);
    const line: SeedLine = {
      id: run.id,
      label: first ? nameOfSetting(scene, run, front) : '',
      color: number,
      weight: faint ? 'seed' : number === 1 ? 'method' : 'other',
      ...(swept && { strength: swept.strength }),
      ...(swept && first && isFront && { part: swept.part }),
      ...(baseline !== undefined && { reference: run.variant === baseline }),
      step: columns.step,
      x,
      y: columns.value,
      length: columns.length,
      live: run.status === 'running',
      ticks: run.notes.flatMap(({ step, what }) => {
        const at = xAt(axis, run.facts, { step, trainMs: run.series.trainMsAt(step) });
        return at === null ? [] : [{ x: at, label: what }];
      }),
    };
    return { run, line, setting: group };
  });
}

/** Whether two runs of one setting differ in nothing but their seed. */
const isAlike = (a: LabRun, b: LabRun): boolean => a.build === b.build && a.origin === b.origin;

/** Of each setting the run whose build and origin stand in front: the latest that was trained here, or else the latest. */
function frontRuns(drawn: readonly LabRun[]): ReadonlyMap<string, LabRun> {
  const fronts = new Map<string, LabRun>();
  for (const run of drawn) {
    const before = fronts.get(run.specDigest);
    if (!before || run.origin === 'here' || before.origin !== 'here') fronts.set(run.specDigest, run);
  }
  return fronts;
}

/** The faintest of a sweep's lines. */
const FAINTEST = 0.45;

/**
 * How runs are told apart that a sweep makes of one variant: they share its colour and grow fainter from the sweep's last
 * value to its first, and the legend names the variant once. Null for other runs.
 */
function sweptPlaces(card: Card, drawn: readonly LabRun[]) {
  const valueOf = (run: LabRun) => {
    const { extra, sweep } = derivationOf(card, run.variant);
    return sweep ? extra[sweep.knob] : undefined;
  };
  const drawnValues = new Set(drawn.map(valueOf));
  return (run: LabRun): { strength: number; part: { of: string; value: string } } | null => {
    const { base, sweep } = derivationOf(card, run.variant);
    const knob = sweep ? card.knobs[sweep.knob] : undefined;
    const value = valueOf(run);
    if (base === null || !sweep || !knob || value === undefined) return null;
    const values = sweep.values.filter((known) => drawnValues.has(known));
    const place = values.indexOf(value);
    const share = place < 0 || values.length < 2 ? 1 : place / (values.length - 1);
    return {
      strength: FAINTEST + (1 - FAINTEST) * share,
      part: { of: `${base}, ${labelInSentence(knob.label)}`, value: knobValueText(knob, value) },
    };
  };
}

/** What an earlier setting had otherwise than the present one: the knob that differs, if it is one. */
function whatWasOther(card: Card, run: LabRun, plan: readonly PlannedRun[]): string {
  const now = plan.find(({ variant }) => variant === run.variant)?.spec;
  const differing = now ? Object.keys(card.knobs).filter((name) => now[name] !== run.spec[name]) : [];
  const [only] = differing;
  const knob = only === undefined ? undefined : card.knobs[only];
  const value = only === undefined ? undefined : run.spec[only];
  return differing.length === 1 && knob && value !== undefined
    ? `${labelInSentence(knob.label)} ${knobText(knob, value)}`
    : 'earlier setting';
}

/** Where the axis will end while runs are training, so that it does not move under the curves. */
export function xEnd(runs: readonly LabRun[], axis: XAxis): number | null {
  if (axis === 'seconds' || !runs.some((run) => run.shown && run.status === 'running')) return null;
  const ends = runs.flatMap((run) => {
    const end = run.shown && run.facts && xAt(axis, run.facts, { step: run.facts.totalSteps, trainMs: 0 });
    return end ? [end] : [];
  });
  return ends.length > 0 ? Math.max(...ends) : null;
}
