import type { Card } from '../run/card';
import type { ChartLine } from './charts/line';
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
}

/** Every shown run's curve of one metric. The columns are the runs' own; nothing is copied. */
export function chartLines({ card, runs, plan, numbers, axis }: Scene, metric: string): ChartLine[] {
  const present = new Set(plan.map(({ specDigest }) => specDigest));
  const drawn = runs.filter((run) => run.shown && (run.series.of(metric)?.length ?? 0) > 0);
  const presentDrawn = drawn.some(({ specDigest }) => present.has(specDigest));
  const named = new Set<string>();
  const nameOf = (run: LabRun) => variantTitle(card, run.variant);
  const sweptAs = sweptPlaces(card, drawn);
  return drawn.flatMap((run) => {
    const columns = run.series.of(metric);
    const x = columns?.along(axis, run.facts);
    if (!columns || !x) return [];
    const isPresent = present.has(run.specDigest);
    const group = `${run.variant} ${run.specDigest} ${run.build}`;
    const first = !named.has(group);
    named.add(group);
    const number = numbers.get(run.variant) ?? numbers.size;
    // Further seeds and, beside present runs, those of earlier settings step back.
    const faint = !first || (presentDrawn && !isPresent);
    const swept = sweptAs(run);
    return {
      id: run.id,
      label: first ? (isPresent ? nameOf(run) : `${nameOf(run)}, ${whatWasOther(card, run, plan)}`) : '',
      color: number,
      weight: faint ? 'seed' : number === 1 ? 'method' : 'other',
      ...(swept && { strength: swept.strength }),
      ...(swept && first && isPresent && { part: swept.part }),
      x,
      y: columns.value,
      length: columns.length,
      live: run.status === 'running',
      ticks: run.notes.flatMap(({ step, what }) => {
        const at = xAt(axis, run.facts, { step, trainMs: run.series.trainMsAt(step) });
        return at === null ? [] : [{ x: at, label: what }];
      }),
    } satisfies ChartLine;
  });
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
