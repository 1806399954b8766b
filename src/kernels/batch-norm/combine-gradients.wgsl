// Second stage of batch norm's gradients with respect to gamma and beta: the sums over the chunks.
// dgammas, dbetas [chunks, columns] · dgamma, dbeta [columns]; one invocation per column.

struct Params {
  columns: u32,
  chunks: u32,
}

@group(0) @binding(0) var<storage, read> dgammas: array<f32>;
@group(0) @binding(1) var<storage, read> dbetas: array<f32>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let column = id.x + id.y * groups.x * 64u;
  if (column >= p.columns) { return; }
  var gammaSum = 0.0;
  var betaSum = 0.0;
  for (var i = column; i < p.chunks * p.columns; i += p.columns) {
    gammaSum += dgammas[i];
    betaSum += dbetas[i];
  }
  dgamma[column] = gammaSum;
  dbeta[column] = betaSum;
}
