// loss[r] = log Σ exp(x[r]) − x[r, label[r]]; 0 where the label names no class.
// x [rows, columns] logits · labels [rows] · loss [rows]; one invocation per row.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let end = first + p.columns;
  var largest = x[first];
  for (var i = first + 1u; i < end; i++) { largest = max(largest, x[i]); }
  var sum = 0.0;
  for (var i = first; i < end; i++) { sum += exp(x[i] - largest); }
  let label = labels[row];
  let isClass = label >= 0 && label < i32(p.columns);
  let chosen = x[first + select(0u, u32(label), isClass)];
  loss[row] = select(0.0, log(sum) - (chosen - largest), isClass);
}
