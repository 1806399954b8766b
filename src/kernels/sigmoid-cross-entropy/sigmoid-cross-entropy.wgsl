// loss[k] = mean over the rows r of max(x, 0) − x t + log(1 + exp(−|x|)) with x = x[r, k], t = targets[r, k], and
// dx[r, k] = (σ(x) − t) / rows, its gradient.
// x, targets, dx [rows, columns] · loss [columns]; one invocation per element of dx, and one more per column for its loss,
// which goes through the rows in order.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

/** −log of what σ(x) gives to the target. Not finite where x is not: x t is in it for every t. */
fn cost(x: f32, t: f32) -> f32 {
  let e = exp(-abs(x));
  // log(1 + e) where 1 + e would lose e's digits
  let softplus = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(x, 0.0) - x * t + softplus;
}

fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x)); // never more than 1
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let own = id.x + id.y * groups.x * 64u;
  let size = p.rows * p.columns;
  if (own < size) {
    dx[own] = (sigmoid(x[own]) - targets[own]) / f32(p.rows);
    return;
  }
  let column = own - size;
  if (column >= p.columns) { return; }
  var sum = 0.0;
  for (var i = column; i < size; i += p.columns) { sum += cost(x[i], targets[i]); }
  loss[column] = sum / f32(p.rows);
}
