import { transfer, wrap, type Remote } from 'comlink';
import type { AnswerProgress, InspectionRequest, InspectorWorker, Reply } from '../run/inspector';
import type { Fault } from '../run/protocol';
import type { LabRun } from './lab-run.svelte';

/** The model and the device are let go after this long without a question. */
const IDLE_MS = 60_000;
/** A worker that was asked to abort and does not come to that is ended by force after this long. */
const GRACE_MS = 3000;

/** A question may be named by its kind, and so may its answer. */
interface Kinded {
  kind: string;
}

/** What became of a question. */
export type Answered<A> =
  | { status: 'answered'; answer: A }
  /** Aborted, closed, or a newer question took its place: there is nothing to show. */
  | { status: 'dropped' }
  /** Why there is no answer, as a sentence in `fault.message`. */
  | { status: 'failed'; fault: Fault };

export interface AskOptions {
  signal?: AbortSignal;
  onProgress?: (progress: AnswerProgress) => void;
  /** Takes the place of older questions of its kind that still wait. */
  replaces?: boolean;
}

/** Recorded runs come without their models, which are many times as large. */
const NO_MODEL: Fault = {
  name: 'DataError',
  message:
    'A recorded run comes without its model. Press Train: the model that is trained here can be asked.',
};

/** A run whose model is asked. */
export type Inspected = Pick<LabRun, 'id' | 'experiment' | 'spec' | 'seed' | 'origin'>;

/** A question that waits or is being answered. */
interface Asked {
  request: InspectionRequest;
  question: Kinded;
  onProgress: (progress: AnswerProgress) => void;
  /** Tells whoever asked. Later calls do nothing. */
  settle: (outcome: Answered<Kinded>) => void;
}

/** One worker with one Comlink proxy. Calls race against its end, because Comlink's own promise stays pending then. */
interface Link {
  remote: Remote<InspectorWorker>;
  ended: Promise<Reply>;
  /** Ends the worker at once, which frees its GPU memory; the question under way gets this reply. */
  end: (reply: Reply) => void;
}

const newWorker = (): Worker =>
  new Worker(new URL('../../workers/inspector.ts', import.meta.url), { type: 'module' });

/**
 * Asks the models of runs. A worker opens at the first question and is kept for further ones about the same run; it ends
 * after a minute without any, when another run is asked about and when this closes. Questions are answered one after
 * another. No question rejects, and each ends with the worker at the latest.
 */
export class InspectorClient<Q extends Kinded, A extends Kinded> {
  readonly #newWorker: () => Worker;
  #waiting: readonly Asked[] = [];
  #current: Asked | null = null;
  #link: Link | null = null;
  #runId: string | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(makeWorker = newWorker) {
    this.#newWorker = makeWorker;
  }

  /** Asks the latest model that a run has stored. */
  async ask<K extends Q['kind']>(
    { id, experiment, spec, seed, origin }: Inspected,
    question: Extract<Q, { kind: K }>,
    { signal, onProgress = () => undefined, replaces = false }: AskOptions = {},
  ): Promise<Answered<Extract<A, { kind: K }>>> {
    if (signal?.aborted) return { status: 'dropped' };
    if (origin === 'recorded') return { status: 'failed', fault: NO_MODEL };
    if (id !== this.#runId) this.close();
    this.#runId = id;
    if (replaces) this.#drop(this.#waiting.filter((other) => other.question.kind === question.kind));
    // Reactive state would not survive the copy to another thread.
    const plain: Pick<Asked, 'request' | 'question'> = {
      request: { runId: id, experiment, spec: $state.snapshot(spec), seed },
      question: $state.snapshot<Kinded>(question),
    };
    const outcome = await new Promise<Answered<Kinded>>((settle) => {
      const asked: Asked = { ...plain, onProgress, settle };
      signal?.addEventListener('abort', () => this.#abort(asked), { once: true });
      this.#waiting = [...this.#waiting, asked];
      void this.#answerNext();
    });
    if (outcome.status !== 'answered') return outcome;
    const { answer } = outcome;
    const isOfKind = (it: Kinded): it is Extract<A, { kind: K }> => it.kind === question.kind;
    return isOfKind(answer) ? { status: 'answered', answer } : { status: 'dropped' };
  }

  /** Drops all questions and ends the worker, which frees its GPU memory. A later question opens another. */
  close(): void {
    clearTimeout(this.#idle);
    this.#drop(this.#waiting);
    this.#endWorker();
    this.#current = null;
  }

  async #answerNext(): Promise<void> {
    const [next, ...rest] = this.#waiting;
    if (this.#current || !next) return;
    clearTimeout(this.#idle);
    this.#waiting = rest;
    this.#current = next;
    const reply = await this.#reply(next);
    if (reply.status === 'aborted') next.settle({ status: 'dropped' });
    else if (reply.status === 'failed') next.settle(reply);
    else next.settle({ status: 'answered', answer: reply.answer as Kinded });
    if (this.#current !== next) return; // closed meanwhile
    this.#current = null;
    // Whatever failed, the device perhaps, the next question finds a worker that knows nothing of it.
    if (reply.status === 'failed') this.#endWorker();
    if (this.#link) this.#idle = setTimeout(() => this.close(), IDLE_MS);
    void this.#answerNext();
  }

  async #reply({ request, question, onProgress }: Asked): Promise<Reply> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    let isOpen = true;
    ours.onmessage = ({ data }: MessageEvent<AnswerProgress>) => {
      if (isOpen) onProgress(data);
    };
    try {
      const { remote, ended } = (this.#link ??= this.#open());
      return await Promise.race([remote.ask(request, question, transfer(theirs, [theirs])), ended]);
    } catch (error) {
      // `ask` resolves for failures, so this is the bridge itself, or there is no worker at all.
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { status: 'failed', fault: { name, message } };
    } finally {
      isOpen = false;
      ours.close();
    }
  }

  #open(): Link {
    const worker = this.#newWorker();
    let tell: (reply: Reply) => void = () => undefined;
    const ended = new Promise<Reply>((resolve) => (tell = resolve));
    const end = (reply: Reply) => {
      worker.terminate();
      tell(reply);
    };
    const fail = (message: string) => end({ status: 'failed', fault: { name: 'WorkerError', message } });
    worker.addEventListener('error', (event: ErrorEvent) => {
      event.preventDefault();
      fail(event.message || 'The worker’s script could not be loaded, or stopped without giving a reason.');
    });
    worker.addEventListener('messageerror', () => fail('A message from the worker could not be read.'));
    return { remote: wrap<InspectorWorker>(worker), ended, end };
  }

  #endWorker(): void {
    this.#link?.end({ status: 'aborted' });
    this.#link = null;
  }

  #drop(questions: readonly Asked[]): void {
    this.#waiting = this.#waiting.filter((asked) => !questions.includes(asked));
    for (const { settle } of questions) settle({ status: 'dropped' });
  }

  #abort(asked: Asked): void {
    asked.settle({ status: 'dropped' });
    this.#waiting = this.#waiting.filter((other) => other !== asked);
    if (this.#current !== asked) return;
    this.#link?.remote.abort().catch(() => undefined); // a worker that ends has nothing to abort
    setTimeout(() => {
      if (this.#current === asked) this.#endWorker();
    }, GRACE_MS);
  }
}
