import type { ImageBytes } from '../../../ui/lens/image-bytes';
import type { InspectorClient } from '../../../ui/inspector-client.svelte';
import type { LabRun } from '../../../ui/lab-run.svelte';
import type { Answer, Question } from '../questions';
import { routingOfImage, type ImageRouting } from './image-routing';

/** The reader's own image, and what a run's model says of it. */
export class OwnImage {
  #image = $state.raw<ImageBytes | null>(null);
  /** Goes up with every new picture, so that an answer about an earlier one is not taken for one about this. */
  #picture = 0;
  #answer = $state.raw<{ run: string; step: number; routing: ImageRouting } | null>(null);
  #trouble = $state.raw<{ run: string; message: string } | null>(null);
  readonly #inspector: InspectorClient<Question, Answer>;

  constructor(inspector: InspectorClient<Question, Answer>) {
    this.#inspector = inspector;
  }

  /** Null while nothing is drawn. */
  get image(): ImageBytes | null {
    return this.#image;
  }

  /** The picture with one more stroke: the latest answer stands until the next. */
  draw(image: ImageBytes): void {
    this.#image = image;
  }

  /** Another picture, or none: what was said of the last one goes. */
  begin(image: ImageBytes | null): void {
    this.#image = image;
    this.#answer = null;
    this.#picture++;
  }

  /** The latest answer about a run's model; it may be of the image a moment ago. */
  routing(run: LabRun): ImageRouting | null {
    return this.image && this.#answer?.run === run.id ? this.#answer.routing : null;
  }

  /** Training steps of the model that gave that answer; null while there is none. */
  step(run: LabRun): number | null {
    return this.#answer?.run === run.id ? this.#answer.step : null;
  }

  /** Why a run's model gives no answer; empty where it does. */
  trouble(run: LabRun): string {
    return this.#trouble?.run === run.id ? this.#trouble.message : '';
  }

  /** Asks how a run's newest stored model routes and classifies an image. A later call takes an earlier one's place. */
  async ask(run: LabRun, image: ImageBytes): Promise<void> {
    const picture = this.#picture;
    const result = await this.#inspector.ask(
      run,
      { kind: 'classify', pixels: image.pixels },
      { replaces: true },
    );
    if (picture !== this.#picture) return;
    if (result.status === 'answered') {
      const { step, routing } = result.answer;
      this.#answer = { run: run.id, step, routing: routingOfImage(routing, 0) };
      this.#trouble = null;
    } else if (result.status === 'failed') {
      this.#answer = null;
      this.#trouble = { run: run.id, message: result.fault.message };
    }
  }
}
