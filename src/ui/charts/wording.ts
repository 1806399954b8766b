/** What a chart's caller says about its quantities. */
export interface Naming {
  title: string;
  unit: string;
  xLabel: string;
  xUnit: string;
  xFormat: (value: number) => string;
  format: (value: number) => string;
}

/** How a chart writes its names and numbers, on screen and for screen readers. */
export interface Wording {
  /** The quantity with its unit. */
  name: string;
  /** The x axis with its unit. */
  xTitle: string;
  /** A place on the x axis: "1,200 steps", or "Epoch 3" where the axis has no unit. */
  place(x: number): string;
  value(value: number): string;
  /** A number without the unit. */
  number(value: number): string;
  /** Signed; between values in per cent, in points. */
  difference(value: number): string;
}

/** A number before its unit; an SI prefix at its end belongs to the unit: 1.2 P, FLOPs → 1.2 PFLOPs. */
function withUnit(number: string, unit: string): string {
  return /\s[kMGTPE]$/.test(number) ? number + unit : `${number} ${unit}`;
}

export function wordingOf({ title, unit, xLabel, xUnit, xFormat, format }: Naming): Wording {
  const points = (text: string): string => (unit === '%' ? text.replace(/%$/, 'points') : text);
  return {
    name: unit ? `${title}, ${unit}` : title,
    xTitle: xUnit ? `${xLabel}, ${xUnit}` : xLabel,
    place: (x) => (xUnit ? withUnit(xFormat(x), xUnit) : `${xLabel} ${xFormat(x)}`),
    value: format,
    number: (value) => {
      const text = format(value);
      return unit !== '' && text.endsWith(unit) ? text.slice(0, -unit.length).trimEnd() : text;
    },
    difference: (value) => (value < 0 ? '−' : '+') + points(format(Math.abs(value))),
  };
}
