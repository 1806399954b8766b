interface Resource {
  dispose(): void;
}

/** What a run holds on the device until it ends, however it ends. */
export class HeldResources {
  readonly #held: Resource[] = [];

  /** Takes charge of a resource. */
  hold<T extends Resource>(resource: T): T {
    this.#held.unshift(resource);
    return resource;
  }

  /** Frees everything, the last first. */
  dispose(): void {
    for (const resource of this.#held.splice(0)) resource.dispose();
  }
}
