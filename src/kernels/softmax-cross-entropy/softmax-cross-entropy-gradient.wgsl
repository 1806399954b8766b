// dx[r, c] = dloss[r] (softmax(x[r])[c] − [c = label[r]]); 0 where the label names no class.
// dloss [rows] · x [rows, columns] logits · labels [rows] · dx [rows, columns]; one invocation per row.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> dloss: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  var largest = x[first];
  for (var i = 1u; i < p.columns; i++) { largest = max(largest, x[first + i]); }
  var sum = 0.0;
  for (var i = 0u; i < p.columns; i++) { sum += exp(x[first + i] - largest); }
  let label = labels[row];
  let isClass = label >= 0 && label < i32(p.columns);
  let weight = select(0.0, dloss[row], isClass);
  for (var i = 0u; i < p.columns; i++) {
    let one = select(0.0, 1.0, i32(i) == label);
    dx[first + i] = weight * (exp(x[first + i] - largest) / sum - one);
  }
}
