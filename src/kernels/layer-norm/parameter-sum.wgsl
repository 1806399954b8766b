// Second stage of layer norm's gradients with respect to gamma and beta: the sums over the chunks of the first.
// gammaParts, betaParts [chunks, columns] · dgamma, dbeta [columns]; one invocation per column.

struct Params {
  columns: u32,
  chunks: u32,
}

@group(0) @binding(0) var<storage, read> gammaParts: array<f32>;
@group(0) @binding(1) var<storage, read> betaParts: array<f32>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let column = id.x + id.y * groups.x * 64u;
  if (column >= p.columns) { return; }
  var gammaSum = 0.0;
  var betaSum = 0.0;
  for (var at = column; at < p.chunks * p.columns; at += p.columns) {
    gammaSum += gammaParts[at];
    betaSum += betaParts[at];
  }
  dgamma[column] = gammaSum;
  dbeta[column] = betaSum;
}
