/**
 * Names under which a run keeps its unfinished training, in turn: while one is being replaced the other one stands. Both go
 * when the run is done; who removes a run that is not done removes them, too.
 */
export const trainingFilesOf = (runId: string): readonly [string, string] => [
  `${runId}.training-a`,
  `${runId}.training-b`,
];
