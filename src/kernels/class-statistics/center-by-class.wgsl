// centered[r] = features[r] − means[labels[r]] and squares[r] = |centered[r]|²; zeros where the label names no class.
// features [rows, width] · labels [rows] · means [classes, width] · centered [rows, width] · squares [rows]; one
// invocation per row.

struct Params {
  rows: u32,
  width: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> features: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>; // −1 is far above, read without its sign
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read_write> centered: array<f32>;
@group(0) @binding(4) var<storage, read_write> squares: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let label = labels[row];
  let first = row * p.width;
  var sum = 0.0;
  for (var i = 0u; i < p.width; i++) {
    var difference = 0.0;
    if (label < p.classes) { difference = features[first + i] - means[label * p.width + i]; }
    centered[first + i] = difference;
    sum = fma(difference, difference, sum);
  }
  squares[row] = sum;
}
