import { SeedBand } from '../../math/seed-band';
import type { ChartLine, SeedGroup } from './line';
import { Ema } from './smooth';

/** What lies around a mean: its interval, and of how many seeds it is, point by point. */
export interface Band {
  low: Float64Array;
  high: Float64Array;
  n: Uint16Array;
  /** Fewest and most seeds that any point is of. */
  seeds: readonly [fewest: number, most: number];
}

/** A line as it is drawn. */
export interface Trace {
  line: ChartLine;
  /** What is drawn and read out: smoothed where smoothing is on. */
  y: Float64Array;
  /** The raw values behind a smoothed line. */
  raw: Float64Array | null;
  /** Of a mean over seeds. */
  band?: Band;
}

/** Means of one group: of the values as they are drawn, and, where those are smoothed, of the raw ones. */
interface Means {
  drawn: SeedBand;
  raw: SeedBand | null;
}

/**
 * Turns lines and groups of seeds into traces, and keeps smoothing and means between frames. Each seed is smoothed before
 * the mean is taken, so that the band is the interval of what is drawn; it would come out too wide the other way round.
 */
export class Tracer {
  #emas = new Map<string, Ema>();
  #means = new Map<string, Means>();
  #setting = '';

  trace(
    lines: readonly ChartLine[],
    smoothing: number,
    log: boolean,
    groups: readonly SeedGroup[] = [],
  ): Trace[] {
    const setting = `${smoothing} ${log}`;
    if (setting !== this.#setting) {
      this.#emas.clear();
      this.#means.clear();
    }
    this.#setting = setting;
    const emas = new Map<string, Ema>();
    const means = new Map<string, Means>();
    const smoothed = (line: ChartLine): Trace => {
      if (smoothing === 0) return { line, y: line.y, raw: null };
      const ema = this.#emas.get(line.id) ?? new Ema(smoothing, log);
      emas.set(line.id, ema);
      return { line, y: ema.extend(line.y, line.length), raw: line.y };
    };
    const ofGroup = (group: SeedGroup): Trace[] => {
      const { id, sharedX } = group;
      const members = group.members.map((line) => ({ step: line.step, ...smoothed(line) }));
      const known = this.#means.get(id) ?? {
        drawn: new SeedBand({ log, sharedX }),
        raw: smoothing === 0 ? null : new SeedBand({ log, sharedX }),
      };
      means.set(id, known);
      known.drawn.extend(
        members.map(({ line, step, y }) => ({ id: line.id, step, x: line.x, y, length: line.length })),
      );
      known.raw?.extend(group.members);
      return [...(group.meanOnly ? [] : members), meanOf(group, known)];
    };
    const traces = [...groups.flatMap(ofGroup), ...lines.map(smoothed)];
    this.#emas = emas;
    this.#means = means;
    return traces;
  }
}

function meanOf({ members, sharedX: _, meanOnly = false, ...look }: SeedGroup, { drawn, raw }: Means): Trace {
  const line: ChartLine = {
    ...look,
    x: drawn.x,
    y: raw?.y ?? drawn.y,
    length: drawn.length,
    live: members.some(({ live }) => live),
    ticks: members.flatMap(({ ticks = [] }) => ticks),
  };
  const { low, high, n, seeds } = drawn;
  return {
    line,
    y: drawn.y,
    raw: raw?.y ?? null,
    ...(seeds && !meanOnly && { band: { low, high, n, seeds } }),
  };
}
