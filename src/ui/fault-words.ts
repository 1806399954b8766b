import type { Fault } from '../run/protocol';
import { countText } from './quantity';

/** Names the end of a run that its page did not live to see. */
export const PAGE_CLOSED = 'PageClosed';
/** Names the end of a run whose worker ended without a word, or gives no sign of life. */
export const NO_ANSWER = 'NoAnswer';

const DEVICE_LOST = 'DeviceLostError';

/** Whether the graphics device went away. */
export const isDeviceLoss = ({ name }: Fault): boolean => name === DEVICE_LOST;

/** Whether nothing may be wrong with the run itself, so that it is worth a second try by itself. */
export const isPassing = (fault: Fault): boolean =>
  ['WorkerError', 'LostBatch', NO_ANSWER, DEVICE_LOST].includes(fault.name);

/** Whether going on may lead further. A bug, a setting that cannot run and numbers that left the finite would come again. */
export const isWorthResuming = (fault: Fault): boolean =>
  isPassing(fault) || [PAGE_CLOSED, 'DeviceError', 'DataError'].includes(fault.name);

/** What a failure is told from. */
export interface Ended {
  fault: Fault;
  step: number;
  checkpoint: number | undefined;
  /** Whether *Resume* is offered. */
  resumable: boolean;
  /** That it was made with. */
  build: string;
}

/** A failure in a word or two. */
export function faultTitle(fault: Fault): string {
  switch (fault.name) {
    case PAGE_CLOSED:
      return 'Interrupted';
    case DEVICE_LOST:
      return 'Graphics device lost';
    case 'DeviceError':
      return 'Graphics device';
    case 'WorkerError':
    case NO_ANSWER:
    case 'LostBatch':
      return 'Worker ended';
    case 'DataError':
      return 'Data missing or damaged';
    case 'DivergedError':
      return 'Diverged';
    default:
      return fault.name;
  }
}

/** What happened, what was kept and what to do, as sentences. */
export function faultText(ended: Ended): string {
  const { fault } = ended;
  if (fault.name === 'DivergedError') return fault.message; // says all three itself
  return [whatHappened(fault), keptText(ended), adviceOn(ended)].filter((text) => text !== '').join(' ');
}

const whatHappened = ({ name, message }: Fault): string =>
  name === 'WorkerError'
    ? `The worker that trained this run broke off: ${withStop(message)}`
    : withStop(message);

const withStop = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** What is left of a run that has ended early. */
export function keptText({ step, checkpoint }: Pick<Ended, 'step' | 'checkpoint'>): string {
  if (step === 0 && checkpoint === undefined) return 'It had not taken a step yet, so nothing is lost.';
  const curves = `the curves up to step ${countText(step)}`;
  return checkpoint === undefined
    ? `Kept: ${curves}; there is no checkpoint to go on from.`
    : `Kept: ${curves} and a checkpoint at step ${countText(checkpoint)}.`;
}

function adviceOn({ fault, resumable, checkpoint, step, build }: Ended): string {
  if (checkpoint !== undefined && build !== __BUILD__)
    return `It was begun with another build of this page (${build}), which may give other numbers, so it cannot go on: Start anew trains it from its first step.`;
  const again =
    resumable && checkpoint !== undefined
      ? `Resume continues from step ${countText(checkpoint)}, to the same numbers as without a break`
      : step === 0
        ? 'Train begins it again'
        : 'Start anew trains it from its first step';
  if (fault.name === 'DataError') return `Other runs go on. Once the file is there, ${again}.`;
  if (isDeviceLoss(fault))
    return `${again}. If it is lost again, close other pages that use the graphics card, or choose a smaller batch.`;
  return `${again}.`;
}
