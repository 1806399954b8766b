import type { Card } from '../run/card';
import { encodeLink, linkDigest, type Link } from '../spec/link';
import { withoutProvenance } from './view';

/**
 * A place that says where it came from: the build, the digest of what runs, and, where a run has told it, the digest
 * of the data.
 */
export function sharedPlace(
  card: Card,
  link: Link,
  dataDigest: string | undefined,
): { search: string; hash: string } {
  const view = {
    ...withoutProvenance(link.view),
    build: __BUILD__,
    spec: linkDigest(link),
    ...(dataDigest !== undefined && { data: dataDigest.slice(0, 8) }),
  };
  return encodeLink(card, { ...link, view });
}
