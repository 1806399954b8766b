// y[z, s, c] = Σ x[z, r, c] over the rows r with ids[z, r] = s. Rows whose id names no segment are left out.
// x [batch, rows, columns] · ids [batch, rows] · y [batch, segments, columns]; one invocation per column of an example,
// which clears it and then goes through the rows once, in order, adding each to its segment.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  batch: u32,
  rows: u32,
  columns: u32,
  segments: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Lanes>;
@group(0) @binding(1) var<storage, read> ids: array<u32>; // −1 is far above, read without its sign
@group(0) @binding(2) var<storage, read_write> y: array<Lanes>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let across = p.columns / lanes;
  let example = index / across;
  if (example >= p.batch) { return; }
  let column = index % across;
  let own = example * p.segments * across + column;
  for (var segment = 0u; segment < p.segments; segment++) { y[own + segment * across] = Lanes(); }
  for (var row = example * p.rows; row < (example + 1u) * p.rows; row++) {
    let segment = ids[row];
    if (segment < p.segments) { y[own + segment * across] += x[row * across + column]; }
  }
}
