import type { VariantGuide } from './contest';

/** Variants that are settled for the launches of one step. */
export class VariantPlan implements VariantGuide {
  /** @param chosen the variants that are not the default, by the key of their launch */
  constructor(private readonly chosen: ReadonlyMap<string, string>) {}

  get isDefault(): boolean {
    return this.chosen.size === 0;
  }

  variantFor(key: string): string | undefined {
    return this.chosen.get(key);
  }
}
