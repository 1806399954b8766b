import type { Card } from '../run/card';
import { specOfPreset, variantsOfPreset, type Link } from '../spec/link';
import { sameVariants } from './sweep';

/**
 * A link's setting with another preset: its spec, and the variants that it compares unless the reader has chosen some,
 * which stay.
 */
export function withPreset(
  card: Card,
  link: Link,
  preset: string,
): Pick<Link, 'preset' | 'spec' | 'variants'> {
  const isUsual = sameVariants(link.variants, variantsOfPreset(card, link.preset));
  return {
    preset,
    spec: specOfPreset(card, preset),
    variants: isUsual ? variantsOfPreset(card, preset) : link.variants,
  };
}
