// C = act(A·B + bias), batched: C[z, row, column] = act(Σₖ A[z, row, k] B[z, k, column] + bias[column]).
// B transposed, k divisible by 4: both are read in fours along k.
// A [batch or 1, m, k] or transposed · B [batch or 1, k, n] or transposed · bias [n] · C [batch, m, n]
//
// Each invocation keeps a tile of 4 rows × 8 columns in registers, and no barrier is needed: processors that play the
// graphics card are very slow at barriers.

struct Params {
  m: u32, // rows of C
  n: u32, // columns of C
  k: u32, // inner extent
  batch: u32,
  batchA: u32, // elements from one matrix of A to the next, 0 where A is shared
  batchB: u32,
  rowA: u32, // elements from A[row, k] to A[row + 1, k]
  stepA: u32, // elements from A[row, k] to A[row, k + 1]
  stepB: u32, // elements from B[k, column] to B[k + 1, column]
  columnB: u32, // elements from B[k, column] to B[k, column + 1]
  bias: u32, // 1: add bias[column]
  relu: u32, // 1: negative results become 0
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

fn finish(sum: vec4<f32>, column: u32) -> vec4<f32> {
  var value = sum;
  if (p.bias == 1u) {
    let last = p.n - 1u;
    value += vec4(bias[column], bias[min(column + 1u, last)], bias[min(column + 2u, last)], bias[min(column + 3u, last)]);
  }
  // Comparing keeps NaN, which max() need not.
  return select(value, vec4<f32>(), vec4(p.relu == 1u) & (value < vec4<f32>()));
}

fn store4(z: u32, row: u32, column: u32, sum: vec4<f32>) {
  if (row >= p.m || column >= p.n) { return; }
  let value = finish(sum, column);
  let at = (z * p.m + row) * p.n + column;
  c[at] = value.x;
  if (column + 1u < p.n) { c[at + 1u] = value.y; }
  if (column + 2u < p.n) { c[at + 2u] = value.z; }
  if (column + 3u < p.n) { c[at + 3u] = value.w; }
}

fn store(z: u32, row: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
  store4(z, row, column, left);
  store4(z, row, column + 4u, right);
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles are numbered through, along the columns first: none of the invocations idles where C is narrow.
  let tile = id.x + id.y * groups.x * 32u;
  let across = (p.n + 7u) / 8u;
  let down = (p.m + 3u) / 4u;
  let z = tile / (across * down);
  if (z >= p.batch) { return; }
  let row = (tile / across) % down * 4u;
  let column = tile % across * 8u;
  let lastRow = p.m - 1u;
  var c0l = vec4<f32>();
  var c0r = vec4<f32>();
  var c1l = vec4<f32>();
  var c1r = vec4<f32>();
  var c2l = vec4<f32>();
  var c2r = vec4<f32>();
  var c3l = vec4<f32>();
  var c3r = vec4<f32>();
  let lastColumn = p.n - 1u;
  let a0 = (z * p.batchA + min(row + 0u, lastRow) * p.k) / 4u;
  let a1 = (z * p.batchA + min(row + 1u, lastRow) * p.k) / 4u;
  let a2 = (z * p.batchA + min(row + 2u, lastRow) * p.k) / 4u;
  let a3 = (z * p.batchA + min(row + 3u, lastRow) * p.k) / 4u;
  let b0 = (z * p.batchB + min(column + 0u, lastColumn) * p.k) / 4u;
  let b1 = (z * p.batchB + min(column + 1u, lastColumn) * p.k) / 4u;
  let b2 = (z * p.batchB + min(column + 2u, lastColumn) * p.k) / 4u;
  let b3 = (z * p.batchB + min(column + 3u, lastColumn) * p.k) / 4u;
  let b4 = (z * p.batchB + min(column + 4u, lastColumn) * p.k) / 4u;
  let b5 = (z * p.batchB + min(column + 5u, lastColumn) * p.k) / 4u;
  let b6 = (z * p.batchB + min(column + 6u, lastColumn) * p.k) / 4u;
  let b7 = (z * p.batchB + min(column + 7u, lastColumn) * p.k) / 4u;
  for (var k = 0u; k < p.k / 4u; k++) {
    let w0 = b[b0 + k];
    let w1 = b[b1 + k];
    let w2 = b[b2 + k];
    let w3 = b[b3 + k];
    let w4 = b[b4 + k];
    let w5 = b[b5 + k];
    let w6 = b[b6 + k];
    let w7 = b[b7 + k];
    let v0 = a[a0 + k];
    c0l += vec4(dot(v0, w0), dot(v0, w1), dot(v0, w2), dot(v0, w3));
    c0r += vec4(dot(v0, w4), dot(v0, w5), dot(v0, w6), dot(v0, w7));
    let v1 = a[a1 + k];
    c1l += vec4(dot(v1, w0), dot(v1, w1), dot(v1, w2), dot(v1, w3));
    c1r += vec4(dot(v1, w4), dot(v1, w5), dot(v1, w6), dot(v1, w7));
    let v2 = a[a2 + k];
    c2l += vec4(dot(v2, w0), dot(v2, w1), dot(v2, w2), dot(v2, w3));
    c2r += vec4(dot(v2, w4), dot(v2, w5), dot(v2, w6), dot(v2, w7));
    let v3 = a[a3 + k];
    c3l += vec4(dot(v3, w0), dot(v3, w1), dot(v3, w2), dot(v3, w3));
    c3r += vec4(dot(v3, w4), dot(v3, w5), dot(v3, w6), dot(v3, w7));
  }
  store(z, row + 0u, column, c0l, c0r);
  store(z, row + 1u, column, c1l, c1r);
  store(z, row + 2u, column, c2l, c2r);
  store(z, row + 3u, column, c3l, c3r);
}
