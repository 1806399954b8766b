/**
 * Every kernel of the lab, registered by being loaded. A worker imports this for its effect: models in plain tfjs then run
 * on our matrix products and reductions without naming them. A new kernel is a new folder; nothing here changes.
 */
export const kernelModules = import.meta.glob('./*/*.ts', { eager: true });
