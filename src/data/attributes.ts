/**
 * Binary tasks made from the classes of a data set and from transforms that are done to its images at random: some of them
 * common, some rare, some a class and a transform at once.
 */

/** What may be done to an image, in the order in which it is done. */
export const TRANSFORMS = ['mirrored', 'turned', 'inverted', 'bright'] as const;
export type Transform = (typeof TRANSFORMS)[number];

/** Probability of each transform, independent of the others; multiples of 2⁻²⁴ are met exactly. */
export const TRANSFORM_CHANCES: Record<Transform, number> = {
  mirrored: 0.5,
  turned: 0.25,
  inverted: 0.0625,
  bright: 0.125,
};

/** A task: does this hold for the image? It does where its class is among these and the transform was done. */
export interface Attribute {
  id: string;
  /** What is asked, in words. */
  label: string;
  /** Class indices; every class where it is left out. */
  classes?: readonly number[];
  /** None is needed where it is left out. */
  transform?: Transform;
  /** Positives among all images of the official training split, on average over the transforms. */
  share: number;
}

/**
 * Eighteen attributes of Fashion-MNIST, whose ten classes are equally frequent: 0 T-shirt/top, 1 trouser, 2 pullover, 3 dress,
 * 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot. The rarest holds for one image in 160.
 */
export const FASHION_ATTRIBUTES: readonly Attribute[] = [
  { id: 'garment', label: 'is a garment, neither shoe nor bag', classes: [0, 1, 2, 3, 4, 6], share: 0.6 },
  { id: 'mirrored', label: 'is mirrored', transform: 'mirrored', share: 0.5 },
  { id: 'top', label: 'is worn on the upper body alone', classes: [0, 2, 4, 6], share: 0.4 },
  { id: 'footwear', label: 'is footwear', classes: [5, 7, 9], share: 0.3 },
  { id: 'turned', label: 'is turned a quarter', transform: 'turned', share: 0.25 },
  { id: 'warm', label: 'is a pullover or a coat', classes: [2, 4], share: 0.2 },
  { id: 'closed-shoe', label: 'is a closed shoe', classes: [7, 9], share: 0.2 },
  {
    id: 'mirrored-footwear',
    label: 'is mirrored footwear',
    classes: [5, 7, 9],
    transform: 'mirrored',
    share: 0.15,
  },
  { id: 'bright', label: 'is brighter than it was', transform: 'bright', share: 0.125 },
  { id: 'trouser', label: 'is a pair of trousers', classes: [1], share: 0.1 },
  { id: 'dress', label: 'is a dress', classes: [3], share: 0.1 },
  { id: 'shirt', label: 'is a shirt', classes: [6], share: 0.1 },
  { id: 'bag', label: 'is a bag', classes: [8], share: 0.1 },
  { id: 'turned-top', label: 'is a top, turned', classes: [0, 2, 4, 6], transform: 'turned', share: 0.1 },
  { id: 'inverted', label: 'is inverted', transform: 'inverted', share: 0.0625 },
  { id: 'turned-sandal', label: 'is a sandal, turned', classes: [5], transform: 'turned', share: 0.025 },
  { id: 'bright-dress', label: 'is a dress, brighter', classes: [3], transform: 'bright', share: 0.0125 },
  { id: 'inverted-bag', label: 'is a bag, inverted', classes: [8], transform: 'inverted', share: 0.00625 },
];

/** Whether an attribute holds for an image of this class to which these transforms were done. */
export const attributeHolds = (
  { classes, transform }: Pick<Attribute, 'classes' | 'transform'>,
  label: number,
  done: ReadonlySet<Transform>,
): boolean => (classes?.includes(label) ?? true) && (transform === undefined || done.has(transform));

/** Share of positives among images with these labels, on average over the transforms. */
export function positiveShare(
  { classes, transform }: Pick<Attribute, 'classes' | 'transform'>,
  labels: Uint8Array,
): number {
  const fitting = classes
    ? labels.reduce((sum, label) => sum + (classes.includes(label) ? 1 : 0), 0)
    : labels.length;
  return (fitting / labels.length) * (transform ? TRANSFORM_CHANCES[transform] : 1);
}
