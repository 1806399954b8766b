import type { PhaseEvent, RunFacts } from '../run/events';
import type { DeviceInfo } from '../engine/device-info';
import type { Origin, RunStatus } from '../run/record';
import { deviceText } from './device-words';
import { bytesOfText, countText, durationText } from './quantity';

/** What a run's state is told from. */
export interface RunState {
  status: RunStatus;
  stopping: boolean;
  step: number;
  phase: PhaseEvent | null;
  facts: RunFacts | undefined;
  msLeft: number | null;
  /** Steps in its checkpoint. */
  checkpoint: number | undefined;
  /** Goes on by itself in a moment. */
  recovering: boolean;
  /** Another tab trains it. */
  elsewhere: boolean;
  /** Its worker does not answer, for so long. */
  silent: boolean;
  silentMs: number;
}

/** A run's state in one line: `training, step 120 of 600, 0:45 left`. */
export function runStateText(run: RunState): string {
  const steps = run.facts
    ? `step ${countText(run.step)} of ${countText(run.facts.totalSteps)}`
    : `step ${countText(run.step)}`;
  if (run.stopping) return 'stopping …';
  if (run.elsewhere) return `in another tab, ${steps} when last saved`;
  if (run.silent) return `${steps}, no answer for ${Math.round(run.silentMs / 1000)}\u00a0s`;
  switch (run.status) {
    case 'queued':
      return queuedText(run);
    case 'loading':
    case 'compiling':
      return `${run.status}${phaseDetail(run.phase)}`;
    case 'running': {
      if (run.phase?.phase === 'pretraining') return pretrainingText(run.phase);
      const doing = run.phase?.phase === 'evaluating' ? `evaluating${phaseDetail(run.phase)}` : 'training';
      const left = run.msLeft === null ? '' : `, ${durationText(run.msLeft)} left`;
      return `${doing}, ${steps}${left}`;
    }
    case 'paused':
      return run.phase?.phase === 'pretraining'
        ? `paused, ${pretrainingText(run.phase)}`
        : `paused, ${steps}`;
    case 'done':
      return `done, ${countText(run.step)} steps`;
    case 'stopped':
    case 'failed':
      return `${run.status} at step ${countText(run.step)}`;
    default:
      return run.status satisfies never;
  }
}

function queuedText({ recovering, checkpoint, step }: RunState): string {
  if (checkpoint === undefined)
    return recovering ? `interrupted at step ${countText(step)}, begins again` : 'waiting';
  const where = `go on from step ${countText(checkpoint)}`;
  return recovering ? `interrupted at step ${countText(step)}, will ${where}` : `waiting to ${where}`;
}

/** What precedes a run's own steps: the training of a model that it begins with. */
function pretrainingText({ progress, detail }: PhaseEvent): string {
  return progress
    ? `pre-training, step ${countText(progress.done)} of ${countText(progress.total)}`
    : `pre-training: ${detail ?? 'getting ready'}`;
}

function phaseDetail(phase: PhaseEvent | null): string {
  if (!phase) return '';
  const what = phase.detail ? ` ${phase.detail}` : '';
  if (!phase.progress) return what;
  const { done, total, unit } = phase.progress;
  return unit === 'bytes'
    ? `${what} ${bytesOfText(done, total)}`
    : `${what} ${countText(done)} of ${countText(total)} ${unit}`;
}

/** How far a run is from 0 to 1: of its own steps while it takes them, of its phase before. Null where that is not known. */
export function progressOf(run: RunState): number | null {
  if (run.status === 'done') return 1;
  const isBefore = run.phase?.phase === 'pretraining' && run.status !== 'stopped' && run.status !== 'failed';
  if (run.status === 'loading' || run.status === 'compiling' || isBefore) {
    const progress = run.phase?.progress;
    return progress && progress.total > 0 ? progress.done / progress.total : null;
  }
  return run.facts && run.facts.totalSteps > 0 ? run.step / run.facts.totalSteps : null;
}

/** Where a run comes from that this browser has not trained: `recorded on WebGPU on nvidia hopper`. Empty for its own. */
export function originText({ origin, device }: { origin: Origin; device: DeviceInfo | undefined }): string {
  if (origin === 'here') return '';
  const what = origin === 'recorded' ? 'recorded' : 'from a file, trained';
  return device ? `${what} on ${deviceText(device)}` : origin === 'recorded' ? 'recorded' : 'from a file';
}
