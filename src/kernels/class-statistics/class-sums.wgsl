// In place: sums[c] ← sums[c] + Σ features[r] and counts[c] ← counts[c] + Σ 1 over the rows r with labels[r] = c. Rows
// whose label names no class are left out.
// features [rows, width] · labels [rows] · sums [classes, width] · counts [classes]; one invocation per element of sums,
// which looks at every label in order and adds a batch up before it adds to what was there: that loses fewer digits.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  rows: u32,
  width: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> features: array<Lanes>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> sums: array<Lanes>;
@group(0) @binding(3) var<storage, read_write> counts: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let across = p.width / lanes;
  let kind = index / across;
  if (kind >= p.classes) { return; }
  let column = index % across;
  var sum = Lanes();
  var count = 0.0;
  for (var row = 0u; row < p.rows; row++) {
    if (labels[row] == i32(kind)) {
      sum += features[row * across + column];
      count += 1.0;
    }
  }
  sums[index] += sum;
  if (column == 0u) { counts[kind] += count; }
}
