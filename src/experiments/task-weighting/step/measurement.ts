/** Euclidean norms. */
export interface GroupNorms {
  /** Of all that the tasks share. */
  trunk: number;
  /** Of each task's head, in the order of the tasks. */
  heads: number[];
}

/** How gradients stand to each other, on average over pairs. Null where no pair can tell: without a direction, for example. */
export interface Similar {
  /** Mean cosine. */
  cosine: number | null;
  /** Mean magnitude similarity. */
  magnitude: number | null;
  /** Share of pairs with a cosine below 0. */
  conflicts: number | null;
  /** Share of the parameters whose two gradients have opposite signs, mean over the pairs. */
  opposite: number | null;
}

/** What was measured of one step. */
export interface Measurement {
  /** Of the weighted objective, without weight decay, before the step. */
  gradient: GroupNorms;
  /** What the step changed. */
  update: GroupNorms;
  /** Gradients of the loss of one image and one task, with respect to the trunk. */
  between: {
    /** Of two tasks for the same image. */
    tasks: Similar;
    /** Of two images for the same task. */
    samples: Similar;
  };
}
