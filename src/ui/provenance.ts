import type { Card } from '../run/card';
import { encodeLink, linkDigest, type Link } from '../spec/link';
import type { LabRun } from './lab-run.svelte';
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

/** Digest of the data that some runs saw here: of the latest trained here, else of the latest that came with the page. */
export function dataDigestOf(runs: readonly Pick<LabRun, 'origin' | 'facts'>[]): string | undefined {
  const told = runs.filter(({ facts }) => facts !== undefined);
  const latest = (origin: LabRun['origin']) => told.findLast((run) => run.origin === origin);
  return (latest('here') ?? latest('recorded'))?.facts?.dataDigest;
}

/** Something that has changed since a link was made. */
export interface Change {
  what: 'build' | 'spec' | 'data';
  /** What has changed. */
  text: string;
  /** What that means for the numbers. */
  meaning: string;
}

/**
 * What has changed since a link was made, from what its hash says of its making.
 * @param now this page's build, the digest of what the link runs here, and that of the data that its runs saw here
 */
export function changesSince(
  view: Readonly<Record<string, string>>,
  now: { build: string; spec: string; data: string | undefined },
): Change[] {
  const { build, spec, data } = view;
  const changes: Change[] = [];
  if (spec !== undefined && spec !== now.spec)
    changes.push({
      what: 'spec',
      text: `The full setting has another digest: ${spec} then, ${now.spec} here. The defaults have changed since.`,
      meaning:
        'What the link does not name has other values now, so this is another experiment: its numbers are not those of the link’s maker.',
    });
  if (data !== undefined && now.data !== undefined && data !== now.data.slice(0, 8))
    changes.push({
      what: 'data',
      text: `The data have another digest: ${data} then, ${now.data.slice(0, 8)} for the runs here.`,
      meaning:
        'The runs saw other images or labels, so their numbers cannot be compared with those of the link’s maker.',
    });
  if (build !== undefined && build !== now.build)
    changes.push({
      what: 'build',
      text: `The page is another build: ${build} then, ${now.build} here.`,
      meaning:
        'The same setting may round differently: expect numbers that agree within the spread between seeds, not to the last digit.',
    });
  return changes;
}
