/** Training left the range of finite numbers. */
export class DivergedError extends Error {
  override name = 'DivergedError';
  constructor(what: string, step: number) {
    super(
      `${what} is no longer a finite number at step ${step}. The points before it are kept. ` +
        'A lower learning rate or a longer warm-up usually helps.',
    );
  }
}
