import type { Card, Claim } from '../run/card';
import type { PhaseTimes } from '../run/phase-clock';
import { judge, type TestedClaim, type Verdict } from '../run/verdict';
import { applies, type Spec } from '../spec/knob';
import { pairedDifferences, pairsOf, type Comparable, type Pair, type ReadPair } from './paired-difference';

/** What a run must tell to be judged. */
export interface JudgedRun extends Comparable {
  spec: Spec;
  phases: PhaseTimes | undefined;
  trainMs: number;
  wholeMs: number | null;
}

/** A claim with all that its strip says. */
export interface JudgedClaim<R extends JudgedRun = JudgedRun> {
  verdict: Verdict;
  /** As they stand; the verdict is of those that are done and finite. */
  pairs: readonly ReadPair<R>[];
  /** Pairs that train or wait to. */
  underWay: number;
  /** Seeds with a run that ended before it was done, or without a finite value: they cannot be judged. */
  leftOut: readonly number[];
  /** Milliseconds that both runs of a seed take on this device; null where none are done. */
  seedMs: number | null;
}

/** Whether a pair is judged. */
export const isJudged = ({ done, difference }: Pick<ReadPair, 'done' | 'difference'>): boolean =>
  done && Number.isFinite(difference);

/**
 * Judges a claim by its finished pairs, together with the card's other claims that are being tested: those that apply and of
 * which both variants have runs, waiting ones among them. Which those are is the reader's plan, not the outcome's doing.
 * @param runs those of the present setting
 */
export function judgeClaim<R extends JudgedRun>(
  card: Pick<Card, 'claims'>,
  claim: Claim,
  runs: readonly R[],
): JudgedClaim<R> {
  const isTested = (one: Claim): boolean =>
    pairsOf(one, runs).some(({ baseline }) => applies(one, baseline.spec));
  const family = card.claims.filter((one) => one === claim || isTested(one));
  const verdict = judge(family.map((one) => testedOn(one, runs)))[family.indexOf(claim)];
  if (!verdict) throw new Error('The card does not make this claim');

  const pairs = pairedDifferences(claim, runs);
  const all = pairsOf(claim, runs);
  const judged = pairs.filter(isJudged);
  const leftOut = all.filter(
    ({ seed, ...pair }) => hasEnded(pair) && judged.every((one) => one.seed !== seed),
  );
  const spent = judged.flatMap(({ method, baseline }) => {
    const [here, there] = [clockMs(method), clockMs(baseline)];
    return here === null || there === null ? [] : [here + there];
  });
  return {
    ...{ verdict, pairs, underWay: all.length - judged.length - leftOut.length },
    leftOut: leftOut.map(({ seed }) => seed),
    seedMs: spent.length === 0 ? null : spent.reduce((sum, ms) => sum + ms, 0) / spent.length,
  };
}

function testedOn(claim: Claim, runs: readonly JudgedRun[]): TestedClaim {
  return {
    claim,
    differences: pairedDifferences(claim, runs)
      .filter(isJudged)
      .map(({ difference }) => difference),
    begun: pairsOf(claim, runs).some(({ method, baseline }) =>
      [method, baseline].some(({ status }) => status !== 'queued'),
    ),
  };
}

/** Whether waiting any longer is of no use: one of its runs will not be done, or both are. */
const hasEnded = ({ method, baseline }: Omit<Pair, 'seed'>): boolean =>
  [method, baseline].some(({ status }) => status === 'failed' || status === 'stopped') ||
  [method, baseline].every(({ status }) => status === 'done');

/** Milliseconds that a finished run took with everything but pauses; of older records by its pace, or of its steps alone. */
function clockMs({ origin = 'here', phases, wholeMs, trainMs }: JudgedRun): number | null {
  if (origin !== 'here') return null; // another device's time says nothing of this one
  const spent = Object.values(phases ?? {}).reduce((sum, { ms }) => sum + ms, 0);
  if (spent > 0) return spent;
  return wholeMs ?? (trainMs > 0 ? trainMs : null);
}

/** How two runs of a pair began: the proof that what they differ in is what is compared. */
export function pairingText({ method, baseline }: Pair): string {
  const [here, there] = [method.facts, baseline.facts];
  if (!here || !there) return 'not known yet';
  const data = here.dataDigest === there.dataDigest ? 'same data' : 'other data';
  const order =
    here.orderDigest === undefined || there.orderDigest === undefined
      ? []
      : [here.orderDigest === there.orderDigest ? 'same batches' : 'other batches'];
  const weights =
    here.initDigest === there.initDigest
      ? 'same initial weights'
      : here.parameters === there.parameters
        ? 'other initial weights'
        : 'other initial weights: the models differ in shape';
  return [data, ...order, weights].join(', ');
}
