import type { ChartLine } from './line';
import { Ema } from './smooth';

/** A line as it is drawn. */
export interface Trace {
  line: ChartLine;
  /** What is drawn and read out: smoothed where smoothing is on. */
  y: Float64Array;
  /** The raw values behind a smoothed line. */
  raw: Float64Array | null;
}

/** Turns lines into traces and keeps each line's smoothing between frames. */
export class Tracer {
  #emas = new Map<string, Ema>();
  #setting = '';

  trace(lines: readonly ChartLine[], smoothing: number, log: boolean): Trace[] {
    const setting = `${smoothing} ${log}`;
    if (setting !== this.#setting) this.#emas.clear();
    this.#setting = setting;
    const kept = new Map<string, Ema>();
    const traces = lines.map((line): Trace => {
      if (smoothing === 0) return { line, y: line.y, raw: null };
      const ema = this.#emas.get(line.id) ?? new Ema(smoothing, log);
      kept.set(line.id, ema);
      return { line, y: ema.extend(line.y, line.length), raw: line.y };
    });
    this.#emas = kept;
    return traces;
  }
}
