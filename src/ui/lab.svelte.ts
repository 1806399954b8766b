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
import { withPreset } from './choose-preset';
import { DeviceProbe } from './device-probe.svelte';
import type { LabRun } from './lab-run.svelte';
import { planProblems, planRuns, type PlannedRun } from '../run/plan';
import { RecordKeeper } from './record-keeper.svelte';
import { diffSentence } from './run-diff';
import { repeats, RunQueue } from './run-queue.svelte';
import { Theme } from './theme.svelte';
import { readView, withoutProvenance, withView, type View } from './view';

/** Text in a field that is not a value, and why not. */
export interface Draft {
  text: string;
  message: string;
}

/** The page's state: which experiment is open with which setting, how it is seen, and its runs. */
export class Lab {
  readonly theme = new Theme();
  readonly probe = new DeviceProbe();
  readonly announcer = new Announcer();
  readonly keeper = new RecordKeeper();
  readonly queue = new RunQueue({
    keeper: this.keeper,
    atOnce: () => this.atOnce,
    announce: this.announcer.say,
  });

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
  readonly plan = $derived<readonly PlannedRun[]>(
    this.card && this.link ? planRuns(this.card, this.link) : [],
  );
  /** Everything that keeps this setting from being run. */
  readonly problems = $derived<readonly Problem[]>([
    ...Object.entries(this.drafts).map(([where, { message }]) => ({ where, message })),
    ...(this.card && this.link ? planProblems(this.card, this.link) : []),
  ]);
  /** Runs of the open experiment, in the order they were made. */
  readonly runs = $derived<readonly LabRun[]>(
    this.queue.runs.filter(({ experiment }) => experiment === this.link?.experiment),
  );
  /** Planned runs that are neither done nor under way. */
  readonly missing = $derived<readonly PlannedRun[]>(
    this.plan.filter(
      (planned) =>
        !this.runs.some(
          (run) =>
            (run.status === 'done' || run.active || run.status === 'queued') &&
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

  /** What a link that says nothing of it runs at once on this device. */
  get usualAtOnce(): number {
    return this.probe.device && !this.probe.device.software ? 2 : 1;
  }

  /** Reads the address and shows what it says. */
  open(): void {
    this.#address.forget();
    const { link, problems } = decodeLink(cards, location);
    this.drafts = {};
    this.link = link;
    this.linkProblems = [...problems, ...readView(link?.view ?? {}).problems];
    this.queue.pump();
    if (link) void this.#showEarlierRuns(link.experiment);
  }

  /** Follows a link inside the app. */
  visit(search: string): void {
    this.#address.push({ search, hash: '' });
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

  /** Marks a field's text as no value, or, with null, as mended. */
  setDraft(where: string, draft: Draft | null): void {
    const others = Object.entries(this.drafts).filter(([known]) => known !== where);
    this.drafts = Object.fromEntries(draft ? [...others, [where, draft]] : others);
  }

  /** Starts what this setting asks for and is not there yet. */
  train(): void {
    if (this.problems.length === 0) this.queue.add(this.missing, { held: false });
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
