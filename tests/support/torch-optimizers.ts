/** The optimizers in float64, line by line from the algorithms in PyTorch's documentation. */
export interface TorchSettings {
  kind: 'adam' | 'adamw' | 'sgd';
  weightDecay?: number;
  momentum?: number;
  nesterov?: boolean;
  /** As `torch.nn.utils.clip_grad_norm_`; 0 for never. */
  clipNorm?: number;
}

/** One tensor with what its optimizer keeps. */
export interface TorchParameter {
  theta: number[];
  /** Whether weight decay acts on it. */
  decays: boolean;
  m?: number[];
  v?: number[];
  buffer?: number[];
}

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];

/**
 * Step `t`, counted from 1, in place.
 * @returns the norm of all gradients before clipping
 */
export function torchStep(
  parameters: readonly TorchParameter[],
  gradients: readonly (readonly number[])[],
  learningRate: number,
  t: number,
  settings: TorchSettings,
): number {
  const { clipNorm = 0 } = settings;
  const norm = Math.hypot(...gradients.map((gradient) => Math.hypot(...gradient)));
  const factor = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1;
  for (const [i, parameter] of parameters.entries()) {
    const clipped = (gradients[i] ?? []).map((g) => factor * g);
    if (settings.kind === 'sgd') sgdStep(parameter, clipped, learningRate, t, settings);
    else adamStep(parameter, clipped, learningRate, t, settings);
  }
  return norm;
}

/** torch.optim.SGD with dampening 0. */
function sgdStep(
  parameter: TorchParameter,
  gradient: readonly number[],
  learningRate: number,
  t: number,
  { weightDecay = 0, momentum = 0, nesterov = false }: TorchSettings,
): void {
  const { theta } = parameter;
  let g = [...gradient];
  if (parameter.decays && weightDecay !== 0) g = g.map((x, i) => x + weightDecay * (theta[i] ?? NaN));
  if (momentum !== 0) {
    const buffer = t > 1 ? (parameter.buffer ?? []).map((b, i) => momentum * b + (g[i] ?? NaN)) : g;
    parameter.buffer = buffer;
    g = nesterov ? g.map((x, i) => x + momentum * (buffer[i] ?? NaN)) : buffer;
  }
  parameter.theta = theta.map((x, i) => x - learningRate * (g[i] ?? NaN));
}

/** torch.optim.Adam, which adds weight decay to the gradient, and torch.optim.AdamW, which shrinks the parameter. */
function adamStep(
  parameter: TorchParameter,
  gradient: readonly number[],
  learningRate: number,
  t: number,
  { kind, weightDecay = 0 }: TorchSettings,
): void {
  const lambda = parameter.decays ? weightDecay : 0;
  let { theta } = parameter;
  let g = [...gradient];
  if (kind === 'adamw') theta = theta.map((x) => x - learningRate * lambda * x);
  else g = g.map((x, i) => x + lambda * (theta[i] ?? NaN));
  const [m, v] = [parameter.m ?? g.map(() => 0), parameter.v ?? g.map(() => 0)];
  parameter.m = m.map((x, i) => BETA_1 * x + (1 - BETA_1) * (g[i] ?? NaN));
  parameter.v = v.map((x, i) => BETA_2 * x + (1 - BETA_2) * (g[i] ?? NaN) ** 2);
  const { m: mean, v: square } = parameter;
  parameter.theta = theta.map((x, i) => {
    const mHat = (mean[i] ?? NaN) / (1 - BETA_1 ** t);
    const vHat = (square[i] ?? NaN) / (1 - BETA_2 ** t);
    return x - (learningRate * mHat) / (Math.sqrt(vHat) + EPSILON);
  });
}

/** Every kind of update with its options, for tests that go through all. */
export const torchCases: readonly TorchSettings[] = [
  { kind: 'adam' },
  { kind: 'adam', weightDecay: 0.3 },
  { kind: 'adam', weightDecay: 0.3, clipNorm: 0.5 },
  { kind: 'adamw', weightDecay: 0.3 },
  { kind: 'adamw', weightDecay: 0.3, clipNorm: 1e4 },
  { kind: 'sgd' },
  { kind: 'sgd', clipNorm: 0.5 },
  { kind: 'sgd', weightDecay: 0.3 },
  { kind: 'sgd', momentum: 0.9 },
  { kind: 'sgd', momentum: 0.9, weightDecay: 0.3 },
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.3, clipNorm: 0.5 },
];
