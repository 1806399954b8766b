// In place: sums[c] ← sums[c] + Σ features[r] and counts[c] ← counts[c] + Σ 1 over the rows r with labels[r] = c. Rows
// whose label names no class are left out.
// features [rows, width] · labels [rows] · sums [classes, width] · counts [classes]; one invocation per column, which
// goes through the rows once and adds each to its class: no row is looked at twice, however many classes there are.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  rows: u32,
  width: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> features: array<Lanes>;
@group(0) @binding(1) var<storage, read> labels: array<u32>; // −1 is far above, read without its sign
@group(0) @binding(2) var<storage, read_write> sums: array<Lanes>;
@group(0) @binding(3) var<storage, read_write> counts: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let column = id.x + id.y * groups.x * 64u;
  let across = p.width / lanes;
  if (column >= across) { return; }
  for (var row = 0u; row < p.rows; row++) {
    let label = labels[row];
    if (label >= p.classes) { continue; }
    sums[label * across + column] += features[row * across + column];
    if (column == 0u) { counts[label] += 1.0; }
  }
}
