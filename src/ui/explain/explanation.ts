/** Part of an explanation, as the build made it from the experiment's `explanation.md`. */
export interface ExplanationSection {
  title: string;
  /** Formulas typeset; what it names on the page is an element with `data-tie`. */
  html: string;
}

/** What an experiment says of its method in plain words. */
export interface Explanation {
  sections: readonly ExplanationSection[];
  /** What is smaller, approximated or left out here. */
  differences: ExplanationSection;
}
