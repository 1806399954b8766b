// In place: projected ← projected + product and within[c] ← within[c] + Σ squares[r] over the rows r with labels[r] = c.
// product [size] · squares [rows] · labels [rows] · projected [size] · within [classes]; one invocation per element of
// projected and one per class, which goes through the rows in order.

struct Params {
  rows: u32,
  size: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> product: array<f32>;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read_write> projected: array<f32>;
@group(0) @binding(4) var<storage, read_write> within: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index < p.size) {
    projected[index] += product[index];
  } else if (index < p.size + p.classes) {
    let kind = index - p.size;
    var sum = 0.0;
    for (var row = 0u; row < p.rows; row++) {
      if (labels[row] == i32(kind)) { sum += squares[row]; }
    }
    within[kind] += sum;
  }
}
