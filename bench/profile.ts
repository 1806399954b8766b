import { CapturePool } from '../src/engine/capture-pool';
import { Recording } from '../src/engine/recording';
import { openLab } from './open-lab';
import type { Problem } from './workload';

/** The dispatches of one program in one size, added up over a step. */
export interface ProgramTime {
  /** Kernel, variant and number of workgroups. */
  program: string;
  count: number;
  ms: number;
}

/** Steps taken first, for compilation. */
const WARM_UP = 2;
/** Times each dispatch is repeated; the least counts. */
const REPEATS = 3;

/**
 * Where the time of one of our steps goes: every dispatch sent again alone and waited for, the longest first. The sum is
 * more than the step takes, by what sending and waiting cost each time: it is for comparing programs on a slow device.
 */
export async function profile(problem: Problem): Promise<ProgramTime[]> {
  const lab = await openLab();
  await lab.activate();
  const { device } = lab.backend;
  const task = problem.lab();
  const run = task.start('eager');
  const recording = new Recording(new CapturePool(device, lab.backend.bufferManager));
  try {
    for (let i = 0; i < WARM_UP; i++) await run.run();
    await lab.done();
    lab.backend.record(recording, () => void run.run()); // an eager step runs before its promise is given
    await lab.done();
    const times = new Map<string, ProgramTime>();
    for (const { pipeline, bindings, workgroups } of recording.commands) {
      const program = `${pipeline.label} ${workgroups.join('×')}`;
      let least = Infinity;
      for (let i = 0; i < REPEATS; i++) {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(...workgroups);
        pass.end();
        const startedAt = performance.now();
        device.queue.submit([encoder.finish()]);
        await device.queue.onSubmittedWorkDone();
        least = Math.min(least, performance.now() - startedAt);
      }
      const so = times.get(program) ?? { program, count: 0, ms: 0 };
      times.set(program, { program, count: so.count + 1, ms: so.ms + least });
    }
    return [...times.values()].sort((a, b) => b.ms - a.ms);
  } finally {
    lab.backend.forget(recording);
    run.dispose();
    task.dispose();
  }
}
