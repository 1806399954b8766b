// Moving average of a batch's statistics, in place, as PyTorch's: running ← running + momentum (statistic − running), the
// variance taken times rows / (rows − 1), which makes it unbiased.
// moments, running [2, columns]: mean, variance; one invocation per number.

struct Params {
  columns: u32,
  momentum: f32,
  correction: f32, // rows / (rows − 1)
}

@group(0) @binding(0) var<storage, read> moments: array<f32>;
@group(0) @binding(1) var<storage, read_write> running: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= 2u * p.columns) { return; }
  let statistic = moments[index] * select(1.0, p.correction, index >= p.columns);
  running[index] = fma(p.momentum, statistic - running[index], running[index]);
}
