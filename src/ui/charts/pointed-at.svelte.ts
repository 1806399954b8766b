/** Something beside the charts that points at a line of theirs. */
class PointedAt {
  /** Name of the line, which stands out in every chart that has it; null where nothing points. */
  name = $state<string | null>(null);
}

/** Shared by all charts of the page. */
export const pointedAt = new PointedAt();
