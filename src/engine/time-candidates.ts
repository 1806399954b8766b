import { readWhole } from './buffer-values';
import type { Candidate, Contest, Sighting } from './contest';
import type { Program, Programs } from './programs';
import type { Stopwatch, Timed } from './stopwatch';

/** How often each candidate is measured, turn by turn, so that a busy moment strikes all alike. */
const ROUNDS = 5;
/** The fewest rounds to decide on when time runs out. */
const FEWEST_ROUNDS = 3;
/** A candidate this many times slower than the fastest at first sight is not measured again. */
const HOPELESS = 3;
/** The most repetitions in one submit. */
const MOST_REPETITIONS = 512;
/** How much faster than the default a candidate must be. */
export const MARGIN = 0.05;
/** Results further apart than this, relative to 1 + |result|, are no matter of rounding: the candidate is broken here. */
const AGREEMENT = 1e-3;

/** Why candidates cannot be used, as what follows their name; null for those that can. */
export type Problems = ReadonlyMap<Candidate, string | null>;

/** What timing found. */
export interface Verdict {
  /** Milliseconds per launch; candidates that cannot be used, and all where time ran out, are missing. */
  ms: Record<string, number>;
  /** What is wrong with candidates that cannot be used. */
  notes: string[];
}

/**
 * Times a contest's candidates on memory of their own: made-up numbers from 0.1 to 1, and the copies of whole numbers. A
 * candidate that does not compile here, or whose results are not the default's, is left out with a note.
 * @param problems candidates that cannot be used; the others are compiled
 * @param limitMs after this long it decides on what it has
 */
export async function timeCandidates(
  device: GPUDevice,
  programs: Programs,
  stopwatch: Stopwatch,
  { contest, integers }: Sighting,
  problems: Problems,
  limitMs: number,
): Promise<Verdict> {
  const endsAt = performance.now() + limitMs;
  const notes: string[] = [];
  const bench = new Bench(device, contest, integers);
  try {
    const usable: (Timed & { variant: string; samples: number[]; repetitions: number })[] = [];
    let expected: Outputs | null = null;
    let quickest = Infinity;
    for (const candidate of contest.candidates) {
      const isDefault = candidate === contest.candidates[0];
      if (performance.now() > endsAt) return { ms: {}, notes };
      const problem = problems.get(candidate);
      if (typeof problem === 'string') {
        notes.push(`${candidate.source.name} ${problem}`);
        if (isDefault) return { ms: {}, notes };
        continue;
      }
      const timed = bench.timed(programs.get(candidate.source), candidate);
      bench.refill();
      const first = await stopwatch.measure(timed, 1); // also its first run, which may still compile
      const got = await bench.outputs();
      if (expected === null) expected = got;
      else if (!bench.agree(got, expected)) {
        notes.push(`${candidate.source.name} gives other results than the default on ${contest.shapes}`);
        continue;
      }
      const second = await stopwatch.measure(timed, 1);
      quickest = Math.min(quickest, second);
      // One dispatch tells little of quick kernels, but enough of one that takes longer than all repetitions are to take.
      if (!isDefault && second > stopwatch.grainMs && second > HOPELESS * quickest) continue;
      const repetitions = Math.ceil(stopwatch.grainMs / Math.max(1e-4, Math.min(first, second)));
      usable.push({
        ...timed,
        variant: candidate.variant,
        samples: [],
        repetitions: Math.min(MOST_REPETITIONS, repetitions),
      });
    }
    let rounds = 0;
    for (; rounds < ROUNDS; rounds++) {
      const fastest = Math.min(...usable.map(({ samples }) => samples[0] ?? Infinity));
      for (const each of usable) {
        const isHopeless = (each.samples[0] ?? 0) > HOPELESS * fastest;
        if (isHopeless && each.variant !== contest.candidates[0].variant) continue;
        if (performance.now() > endsAt && rounds < FEWEST_ROUNDS) return { ms: {}, notes };
        each.samples.push(await stopwatch.measure(each, each.repetitions));
      }
      if (performance.now() > endsAt) break;
    }
    return {
      ms: Object.fromEntries(usable.map(({ variant, samples }) => [variant, median(samples)])),
      notes,
    };
  } finally {
    bench.dispose();
  }
}

/** The fastest variant, unless the default is nearly as fast. */
export function winnerOf(ms: Readonly<Record<string, number>>, defaultVariant: string): string {
  const limit = (ms[defaultVariant] ?? 0) * (1 - MARGIN);
  const [best] = Object.entries(ms).sort(([, a], [, b]) => a - b);
  return best && best[1] < limit ? best[0] : defaultVariant;
}

const median = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? NaN;

type Outputs = Uint32Array<ArrayBuffer>[];

/** Memory to time a contest on. */
class Bench {
  private readonly buffers: GPUBuffer[];
  private readonly params: GPUBuffer;
  private readonly inputs: number;

  constructor(
    private readonly device: GPUDevice,
    private readonly contest: Contest,
    private readonly integers: ReadonlyMap<number, GPUBuffer>,
  ) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.buffers = contest.operands.map(({ size }) =>
      device.createBuffer({ label: 'timing', size: Math.ceil(size / 4) * 4, usage }),
    );
    const { params } = contest;
    this.params = device.createBuffer({
      label: 'timing',
      size: Math.max(16, Math.ceil(params.byteLength / 16) * 16),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(this.params, 0, params);
    this.inputs = contest.candidates[0].source.inputs;
  }

  timed(program: Program, { workgroups }: Candidate): Timed {
    const bindings = this.device.createBindGroup({
      label: 'timing',
      layout: program.layout,
      entries: [...this.buffers, this.params].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return { program, bindings, workgroups };
  }

  /** All operands as at first: a kernel may change what it reads. */
  refill(): void {
    const { queue } = this.device;
    for (const [i, buffer] of this.buffers.entries()) {
      const whole = this.integers.get(i);
      if (whole) {
        const encoder = this.device.createCommandEncoder({ label: 'timing' });
        encoder.copyBufferToBuffer(whole, 0, buffer, 0, Math.min(buffer.size, whole.size));
        queue.submit([encoder.finish()]);
        continue;
      }
      for (let at = 0; at < buffer.size; at += PATTERN.byteLength)
        queue.writeBuffer(buffer, at, PATTERN, 0, Math.min(PATTERN.length, (buffer.size - at) / 4));
    }
  }

  outputs(): Promise<Outputs> {
    return readWhole(this.device, this.buffers.slice(this.inputs));
  }

  agree(got: Outputs, expected: Outputs): boolean {
    return expected.every((words, i) => {
      const other = got[i];
      if (!other) return false;
      if (this.contest.operands[this.inputs + i]?.isInteger)
        return words.every((word, at) => word === other[at]);
      const [a, b] = [new Float32Array(words.buffer), new Float32Array(other.buffer)];
      return a.every((x, at) => {
        const y = b[at] ?? NaN;
        return Object.is(x, y) || x === y || Math.abs(x - y) <= AGREEMENT * (1 + Math.abs(x));
      });
    });
  }

  dispose(): void {
    for (const buffer of [...this.buffers, this.params]) buffer.destroy();
  }
}

/** Positive numbers without a pattern that a kernel could profit from. Not a power of two, so that rows differ. */
const PATTERN = Float32Array.from({ length: 65_521 }, (_, i) => 0.1 + 0.9 * ((i * 0.618_033_988_749) % 1));
