// The rows that elimination works on: scale · gram + λI, below it the right-hand sides as rows. Both are padded to
// multiples of 8, the matrix with the identity, which changes no result.
// gram [size, size] · lambda [1] · rhs [size, count] · work [padded + paddedCount, padded]; one invocation per element.

struct Params {
  size: u32,
  count: u32,
  padded: u32,
  rows: u32, // of work
  scale: f32,
}

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read> lambda: array<f32>;
@group(0) @binding(2) var<storage, read> rhs: array<f32>;
@group(0) @binding(3) var<storage, read_write> work: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let row = index / p.padded;
  let column = index % p.padded;
  if (row >= p.rows) { return; }
  var value = select(0.0, 1.0, row == column);
  if (row < p.size && column < p.size) {
    value = p.scale * gram[row * p.size + column] + select(0.0, lambda[0], row == column);
  } else if (row >= p.padded && row - p.padded < p.count && column < p.size) {
    value = rhs[column * p.count + row - p.padded];
  }
  work[index] = value;
}
