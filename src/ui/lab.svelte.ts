import { SvelteSet } from 'svelte/reactivity';
import { cards } from '../experiments/cards';
import type { Card } from '../run/card';
import type { KnobValue } from '../spec/knob';
import {
  decodeLink,
  encodeLink,
  specOfPreset,
  variantSpec,
  type Link,
  type VariantChoice,
} from '../spec/link';
import type { Problem } from '../spec/parse-spec';
import { Address } from './address';
import { Announcer } from './announcer.svelte';
import { baselineOf } from './comparison';
import { withPreset } from './choose-preset';
import { DeviceProbe } from './device-probe.svelte';
import type { LabRun } from './lab-run.svelte';
import { planProblems, planRuns, type PlannedRun } from '../run/plan';
import { RecordKeeper } from './record-keeper.svelte';
import { diffSentence } from './run-diff';
import { repeats, RunQueue } from './run-queue.svelte';
import { RunnerPool } from './runner-pool';
import { Theme } from './theme.svelte';
import { variantTitle } from './variant-name';
import { placeOf, type Place } from './place';
import { RecordedRuns } from './recorded-runs.svelte';
import { withRecorded } from './recorded-runs-choice';
import { readView, unknownNames, withoutProvenance, withView, type View } from './view';

/** Text in a field that is not a value, and why not. */
export interface Draft {
  text: string;
  message: string;
}

/** The page's state: which experiment is open with which setting, how it is seen, and its runs. */
export class Lab {
  readonly theme: Theme;
  readonly #runners = new RunnerPool();
  readonly probe = new DeviceProbe(this.#runners);
  readonly announcer = new Announcer();
  readonly keeper = new RecordKeeper();
  readonly queue = new RunQueue({
    keeper: this.keeper,
    runners: this.#runners,
    atOnce: () => this.atOnce,
    device: () => this.probe.device,
    announce: this.announcer.say,
  });

  /** Runs that the page ships, shown until others of the setting report. */
  readonly recorded = new RecordedRuns();

  /** What the address opens, and its query. */
  place = $state<Place>('home');
  search = $state('');
  /** The open experiment's setting; null on the home page. */
  link = $state.raw<Link | null>(null);
  /** What was wrong with the link that opened the page. */
  linkProblems = $state.raw<readonly Problem[]>([]);
  /** Texts in fields that are no value yet, by knob or parameter. They keep Train from starting something else. */
  drafts = $state.raw<Readonly<Record<string, Draft>>>({});
  readonly #address = new Address();
  /** Experiments whose earlier runs are on the page. */
  readonly #loaded = new SvelteSet<string>();

  readonly card = $derived<Card | null>((this.link && cards.get(this.link.experiment)) ?? null);
  readonly view = $derived<View>(readView(this.link?.view ?? {}).view);
  /** Whether the card's own metric has a log axis where the link says nothing. */
  readonly #usualLogY = $derived(this.card?.metrics[this.card.hero]?.scale === 'log');
  /** Whether y axes are logarithmic, that of the card's own metric at least. */
  readonly logY = $derived(this.view.logY ?? this.#usualLogY);
  readonly plan = $derived<readonly PlannedRun[]>(
    this.card && this.link ? planRuns(this.card, this.link) : [],
  );
  /** Variant that differences are to, by name: the reader's choice or the card's. Claims keep their own. */
  readonly baseline = $derived<string>(
    this.card && this.link
      ? baselineOf(
          { card: this.card, variants: this.link.variants.map(({ name }) => name), spec: this.link.spec },
          this.view.base,
        )
      : '',
  );
  /** Everything that keeps this setting from being run. */
  readonly problems = $derived<readonly Problem[]>([
    ...Object.entries(this.drafts).map(([where, { message }]) => ({ where, message })),
    ...(this.card && this.link ? planProblems(this.card, this.link) : []),
  ]);
  /** Runs of the open experiment, in the order they were made. */
  readonly runs = $derived<readonly LabRun[]>(
    withRecorded(
      this.recorded.runs,
      this.queue.runs.filter(({ experiment }) => experiment === this.link?.experiment),
      this.plan,
    ),
  );
  /** Planned runs that are neither done nor under way here. What was recorded or imported was trained elsewhere. */
  readonly missing = $derived<readonly PlannedRun[]>(
    this.plan.filter(
      (planned) =>
        !this.runs.some(
          (run) =>
            run.origin === 'here' &&
            (run.status === 'done' || run.active || run.elsewhere || run.status === 'queued') &&
            repeats(run, { ...planned, build: __BUILD__ }),
        ),
    ),
  );
  /** How the setting differs from the latest run of the same variant, in words; empty where it does not. */
  readonly changes = $derived.by<string>(() => {
    const { card, link } = this;
    if (!card || !link) return '';
    for (const variant of link.variants) {
      const latest = this.runs.findLast((run) => run.variant === variant.name);
      const spec = variantSpec(card, link.spec, variant);
      const found = latest ? diffSentence(card.knobs, spec, latest.spec) : '';
      if (found !== '') return found;
    }
    return '';
  });
  /** How many runs train at once: the reader's choice, or one on a software adapter and two on hardware. */
  readonly atOnce = $derived(this.view.parallel ?? this.usualAtOnce);

  /** @param theme the one that the site has already, where there is one */
  constructor(theme = new Theme()) {
    this.theme = theme;
  }

  /** What a link that says nothing of it runs at once on this device. */
  get usualAtOnce(): number {
    return this.probe.device && !this.probe.device.software ? 2 : 1;
  }

  /** Reads the address and shows what it says. */
  open(): void {
    this.#address.forget();
    this.place = placeOf(location.search);
    this.search = location.search;
    const { link, problems } =
      this.place === 'library' ? { link: null, problems: [] } : decodeLink(cards, location);
    this.drafts = {};
    this.link = link;
    this.linkProblems = [...problems, ...this.#viewProblems()];
    this.queue.pump();
    if (link) void this.#showEarlierRuns(link.experiment);
  }

  /** Follows a link inside the app. */
  visit(search: string, hash = ''): void {
    this.#address.push({ search, hash });
    this.open();
  }

  setKnob(name: string, value: KnobValue): void {
    this.setDraft(name, null);
    this.#edit((link) => ({ spec: { ...link.spec, [name]: value } }));
  }

  /** What a knob goes back to when it is reset: the preset's value. */
  usualValue(name: string): KnobValue | undefined {
    return this.card && this.link ? specOfPreset(this.card, this.link.preset)[name] : undefined;
  }

  setPreset(preset: string): void {
    const { card } = this;
    if (!card) return;
    this.drafts = {};
    const history = preset === this.link?.preset ? 'replace' : 'push';
    this.#edit((link) => withPreset(card, link, preset), history);
  }

  setSeeds(seeds: readonly number[]): void {
    this.setDraft('seeds', null);
    this.#edit(() => ({ seeds }));
  }

  setVariants(variants: readonly VariantChoice[]): void {
    this.#edit(() => ({ variants }));
  }

  setView(change: Partial<View>): void {
    if (!this.link) return;
    this.#show({ ...this.link, view: withView(this.link.view, change) });
    this.queue.pump();
  }

  /** Gives all charts log axes or linear ones; what is usual leaves each metric its own. */
  setLogY(isLog: boolean): void {
    this.setView({ logY: isLog === this.#usualLogY ? null : isLog });
  }

  /** Marks a field's text as no value, or, with null, as mended. */
  setDraft(where: string, draft: Draft | null): void {
    const others = Object.entries(this.drafts).filter(([known]) => known !== where);
    this.drafts = Object.fromEntries(draft ? [...others, [where, draft]] : others);
  }

  /** Starts what this setting asks for and is not there yet. */
  train(): void {
    if (this.problems.length === 0) this.queue.add(this.missing, { held: false });
  }

  /** Starts what this setting asks for anew. What of it is under way, or ended early, goes, which can be taken back. */
  restart(): void {
    if (this.problems.length > 0) return;
    const inPlan = (run: LabRun) =>
      this.plan.some((planned) => repeats(run, { ...planned, build: __BUILD__ }));
    const unfinished = this.runs.filter(
      (run) => (run.active || run.status === 'queued' || (run.endedEarly && !run.kept)) && inPlan(run),
    );
    if (unfinished.length > 0) this.queue.remove(unfinished);
    this.queue.add(this.missing, { held: false });
  }

  /** Takes the next of the compared variants for the baseline of differences. */
  nextBaseline(): void {
    const names = this.link?.variants.map(({ name }) => name) ?? [];
    const next = names[(names.indexOf(this.baseline) + 1) % names.length];
    if (!this.card || next === undefined) return;
    this.setView({ base: next, of: null });
    this.announcer.say(`Differences are to ${variantTitle(this.card, next)} now`);
  }

  /** Draws the curves of the n-th compared variant, or takes them away. */
  toggleVariant(n: number): void {
    const variant = this.link?.variants[n - 1];
    if (!this.card || !variant) return;
    const runs = this.runs.filter((run) => run.variant === variant.name);
    const title = variantTitle(this.card, variant.name);
    if (runs.length === 0) {
      this.announcer.say(`${title} has no curves yet`);
      return;
    }
    const shown = !runs.some((run) => run.shown);
    for (const run of runs) run.shown = shown;
    this.announcer.say(`${title} ${shown ? 'is drawn again' : 'is not drawn'}`);
  }

  /** Takes one step: of what is held, or of this setting from its beginning. */
  step(n: number): void {
    if (this.queue.active.length > 0) this.queue.step(n);
    else if (this.problems.length === 0) this.queue.add(this.missing, { held: true, steps: n });
  }

  /** The same for a key, which has no disabled state: nothing happens while runs train freely. */
  stepIfHeld(n: number): void {
    if (this.queue.held || !this.queue.busy) this.step(n);
  }

  /** Writes what waits to the address, before the page goes. */
  settle(): void {
    this.#address.flush();
  }

  #viewProblems(): Problem[] {
    const { card, link } = this;
    const { view, problems } = readView(link?.view ?? {});
    if (!card || !link) return problems;
    const known = { variants: link.variants.map(({ name }) => name), metrics: Object.keys(card.metrics) };
    return [...problems, ...unknownNames(view, known)];
  }

  #edit(change: (link: Link) => Partial<Link>, history: 'replace' | 'push' = 'replace'): void {
    if (!this.link) return;
    this.linkProblems = [];
    const view = withoutProvenance(this.link.view);
    this.#show({ ...this.link, view, ...change(this.link) }, history);
  }

  #show(link: Link, history: 'replace' | 'push' = 'replace'): void {
    const { card } = this;
    if (!card) return;
    this.link = link;
    this.#address[history](encodeLink(card, link));
  }

  async #showEarlierRuns(experiment: string): Promise<void> {
    if (this.#loaded.has(experiment)) return;
    this.#loaded.add(experiment);
    await this.keeper.load(experiment, (runs) => this.queue.show(runs));
  }
}
