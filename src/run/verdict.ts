import { holm, type HolmStep } from '../math/holm';
import { mean } from '../math/interval';
import { pairedT, pairsNeeded, tInterval, type PairedT } from '../math/paired-t';
import { signedRank, type SignedRank } from '../math/wilcoxon';
import { MAX_SEEDS } from '../spec/link';
import type { Claim } from './card';

/** Share of pages that may carry a wrong verdict. */
export const ALPHA = 0.05;

export type VerdictState = 'supported' | 'not supported' | 'undecided' | 'not run';

/** What makes the state. */
export type Finding =
  /** Supported: by more than the margin. */
  | 'better'
  /** Not supported: by more than the margin the other way. */
  | 'worse'
  /** Not supported: within the margin on either side. */
  | 'no practical difference'
  /** Not supported: at most the margin better; whether worse is open. */
  | 'not better'
  /** Undecided: the interval holds the margin. */
  | 'open'
  /** Undecided: all differences are equal, which leaves no interval. */
  | 'no spread'
  /** Undecided: a single pair has no interval. */
  | 'one pair'
  /** Undecided or not run: no pair of runs is done. */
  | 'no pair';

/** A claim that is put to the test, and what runs say of it. */
export interface TestedClaim {
  claim: Pick<Claim, 'direction' | 'margin'>;
  /** Method − baseline of every pair whose runs are both done. */
  differences: readonly number[];
  /** Runs of it are there, done or not. */
  begun: boolean;
}

/** Differences are method − baseline throughout, in the metric's own unit and sign. */
export interface Verdict {
  state: VerdictState;
  finding: Finding;
  /** Pairs that are judged. */
  n: number;
  /** NaN of none. */
  mean: number;
  /** Null where there is none: of fewer than two pairs and of equal differences. */
  interval: readonly [low: number, high: number] | null;
  /** Of the interval: 1 − α ∕ divisor. */
  level: number;
  /**
   * Of a true mean difference that is the margin, with the sign that the claim wants positive; p adjusted for the other claims
   * beside p as it is.
   */
  test: (Pick<PairedT, 't' | 'df' | 'p'> & { adjusted: number }) | null;
  /** Of the same, by ranks. */
  ranks: SignedRank | null;
  /** How many claims are tested together. */
  family: number;
  /** Further pairs until the interval would leave out the margin; 0 where decided, Infinity where they would be more than `MAX_SEEDS` in all. */
  more: number;
}

/**
 * Judges claims together. With d = method − baseline, turned round where the claim says lower, and the claim's margin δ ≥ 0:
 * supported where the t-interval of the mean of d lies wholly above δ, not supported where it lies at or below δ, undecided
 * otherwise.
 *
 * Several claims are decided by Holm's procedure, once for "above δ" and once for "below δ", each on one-sided p-values and
 * with α ∕ 2: a wrong verdict of either kind on any of the claims has probability ≤ α in all, however their tests depend on each
 * other, which claims that share runs do. Each interval has the level 1 − α ∕ divisor of the step at which Holm's procedure
 * decided its claim, so that it always agrees with the verdict; one claim alone has 1 − α. A claim whose pairs are not there
 * yet counts as one of the family, since it will be tested too.
 *
 * All this holds for a number of pairs that was fixed beforehand: adding some until a verdict falls makes a wrong one
 * likelier (in one case of four where up to 20 are added one by one, as the tests simulate).
 * @returns verdicts in the order of the claims
 */
export function judge(tested: readonly TestedClaim[], alpha = ALPHA): Verdict[] {
  const tests = tested.map(({ claim, differences }) =>
    pairedT(towards(claim.direction, differences), claim.margin),
  );
  const steps = { above: stepsOf(tests, 1, alpha), below: stepsOf(tests, -1, alpha) };
  return tested.map((one, i) => {
    const test = tests[i] ?? null;
    const step = (test && test.t < 0 ? steps.below : steps.above)[i] ?? { adjusted: 1, divisor: 1 };
    return verdictOn(one, test, step, { alpha, family: tested.length });
  });
}

/** Differences with the sign that the claim wants positive. */
const towards = (direction: Claim['direction'], differences: readonly number[]): number[] =>
  differences.map((difference) => (direction === 'higher' ? difference : -difference));

/** Holm's procedure in one direction. Twice the one-sided p-values against α is the same as themselves against α ∕ 2. */
const stepsOf = (tests: readonly (PairedT | null)[], sign: 1 | -1, alpha: number): HolmStep[] =>
  holm(
    tests.map((test) => (test && sign * test.t > 0 ? test.p : 1)),
    alpha,
  );

function verdictOn(
  { claim, differences, begun }: TestedClaim,
  test: PairedT | null,
  { adjusted, divisor }: HolmStep,
  { alpha, family }: { alpha: number; family: number },
): Verdict {
  const tail = alpha / divisor;
  const { direction, margin } = claim;
  const wanted = test && tInterval(test, tail);
  const finding = wanted ? findingOf(wanted, margin, adjusted <= alpha) : withoutTest(differences);
  return {
    state: stateOf(finding, begun),
    finding,
    n: differences.length,
    mean: mean(differences),
    interval: wanted && (direction === 'higher' ? wanted : [-wanted[1], -wanted[0]]),
    level: 1 - tail,
    test: test && { t: test.t, df: test.df, p: test.p, adjusted },
    ranks: signedRank(towards(direction, differences), margin),
    family,
    more: moreOf(finding, test, { centre: margin, tail, most: MAX_SEEDS }),
  };
}

/** @param decided whether Holm's procedure rejects the margin, which the interval then leaves out */
function findingOf([low, high]: readonly [number, number], margin: number, decided: boolean): Finding {
  if (!decided) return 'open';
  if (low + high > 2 * margin) return 'better';
  if (high < -margin) return 'worse';
  return low >= -margin ? 'no practical difference' : 'not better';
}

const withoutTest = ({ length }: readonly number[]): Finding =>
  length === 0 ? 'no pair' : length === 1 ? 'one pair' : 'no spread';

const STATE_OF: Readonly<Record<Finding, VerdictState>> = {
  better: 'supported',
  worse: 'not supported',
  'no practical difference': 'not supported',
  'not better': 'not supported',
  open: 'undecided',
  'no spread': 'undecided',
  'one pair': 'undecided',
  'no pair': 'undecided',
};

const stateOf = (finding: Finding, begun: boolean): VerdictState =>
  finding === 'no pair' && !begun ? 'not run' : STATE_OF[finding];

function moreOf(
  finding: Finding,
  test: PairedT | null,
  about: { centre: number; tail: number; most: number },
): number {
  if (finding === 'no pair') return 2;
  if (finding === 'one pair' || finding === 'no spread') return 1;
  return finding === 'open' && test ? pairsNeeded(test, about) - test.n : 0;
}
