/** Parts of an experiment's page that an embedded page can show, in the order in which they stand there. */
export const EMBED_PARTS = {
  verdict: 'Verdict',
  panel: 'Controls',
  charts: 'Charts',
  lens: 'Lens',
  runs: 'Runs',
  about: 'Explanation and paper',
} as const;

export type EmbedPart = keyof typeof EMBED_PARTS;

/** Key of the link's hash, so that it never changes what runs and survives every edit of the setting. */
export const EMBED = 'embed';
/** Key of the hash that names one chart of an embedded page: a metric of the card, or one of `CHARTS`. */
export const CHART = 'chart';
/** Charts that are of no single metric. */
export const CHARTS = { difference: 'Difference from the baseline', sweep: 'Sweep' } as const;
const PARTS = Object.keys(EMBED_PARTS) as EmbedPart[];
/** What `embed=1` shows. */
export const USUAL_PARTS: readonly EmbedPart[] = ['verdict', 'charts'];

/**
 * What a link's hash asks an embedded page to show; null where the page is not embedded. `embed=1` shows the verdict and the
 * charts, `embed=charts,lens` what it names. Names that are no part are passed over; where none is one, it is as `embed=1`.
 */
export function embedOf(view: Readonly<Record<string, string>>): ReadonlySet<EmbedPart> | null {
  const text = view[EMBED];
  if (text === undefined || text === '' || text === '0') return null;
  const named = text.split(',').map((part) => part.trim());
  const known = PARTS.filter((part) => named.includes(part));
  return new Set(known.length > 0 ? known : USUAL_PARTS);
}

/** The one chart that an embedded page is asked to show; null for all of them. @param known names of charts */
export function chartOf(view: Readonly<Record<string, string>>, known: readonly string[]): string | null {
  const name = view[CHART];
  return embedOf(view)?.has('charts') && name !== undefined && known.includes(name) ? name : null;
}

/** The hash's keys of an embedded page that shows some parts, and of the charts one or, for null, all. */
export function withEmbed(
  view: Readonly<Record<string, string>>,
  parts: ReadonlySet<EmbedPart>,
  chart: string | null = null,
): Record<string, string> {
  if (chart !== null && parts.has('charts')) return { ...withEmbed(view, parts), [CHART]: chart };
  const isUsual = parts.size === USUAL_PARTS.length && USUAL_PARTS.every((part) => parts.has(part));
  return { ...view, [EMBED]: isUsual ? '1' : PARTS.filter((part) => parts.has(part)).join(',') };
}

/** The hash's keys of the whole page. */
export const withoutEmbed = (view: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(view).filter(([key]) => key !== EMBED && key !== CHART));

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replace(/[&"<>]/g, (character) => ESCAPES[character] ?? '');

/** HTML that puts an embedded page into another. Training in it needs WebGPU, which a frame of another site must be allowed. */
export const iframeOf = (url: string, title: string): string =>
  `<iframe src="${escaped(url)}" title="${escaped(title)}" width="100%" height="640" style="border:0" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`;
