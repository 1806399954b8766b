import type { Engine } from './engine';
import type { StepKind } from './lab-task';
import { openLab } from './open-lab';

/** Our engine, its steps captured or eager. Both share one device. */
export function labEngine(kind: StepKind, description: string): Engine {
  return {
    description,
    usesGpu: true,
    async open() {
      const lab = await openLab();
      return {
        adapter: lab.adapter,
        async trainer(problem) {
          await lab.activate();
          const task = problem.lab();
          const run = task.start(kind);
          return {
            activate: () => lab.activate(),
            step() {
              const running = run.run();
              if (kind === 'eager') lab.backend.submitPending();
              return running;
            },
            done: () => lab.done(),
            isWarm: () => run.outcome() !== null,
            loss: async () => (await run.losses()).at(-1) ?? NaN,
            note() {
              const outcome = run.outcome();
              return kind === 'captured' && outcome?.captured === false
                ? `not captured: ${outcome.reason}`
                : null;
            },
            dispose() {
              run.dispose();
              task.dispose();
            },
          };
        },
      };
    },
  };
}
