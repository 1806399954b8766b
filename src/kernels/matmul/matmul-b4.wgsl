// C = act(A·B + bias), batched: C[z, row, column] = act(Σₖ A[z, row, k] B[z, k, column] + bias[column]).
// B not transposed, n divisible by 4: B is read in fours along n; A of any size, either way.
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

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;
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

fn store(z: u32, row: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
  if (row >= p.m) { return; }
  let at = ((z * p.m + row) * p.n + column) / 4u;
  c[at] = finish(left, column);
  if (column + 4u < p.n) { c[at + 1u] = finish(right, column + 4u); }
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
  let fromB = z * p.batchB / 4u + column / 4u;
  let nextB = p.n / 4u;
  let second = select(0u, 1u, column + 4u < p.n);
  let a0 = z * p.batchA + min(row + 0u, lastRow) * p.rowA;
  let a1 = z * p.batchA + min(row + 1u, lastRow) * p.rowA;
  let a2 = z * p.batchA + min(row + 2u, lastRow) * p.rowA;
  let a3 = z * p.batchA + min(row + 3u, lastRow) * p.rowA;
  for (var k = 0u; k < p.k; k++) {
    let bl = b[fromB + k * nextB];
    let br = b[fromB + k * nextB + second];
    let v0 = a[a0 + k * p.stepA];
    let v1 = a[a1 + k * p.stepA];
    let v2 = a[a2 + k * p.stepA];
    let v3 = a[a3 + k * p.stepA];
    c0l = fma(vec4(v0), bl, c0l);
    c0r = fma(vec4(v0), br, c0r);
    c1l = fma(vec4(v1), bl, c1l);
    c1r = fma(vec4(v1), br, c1r);
    c2l = fma(vec4(v2), bl, c2l);
    c2r = fma(vec4(v2), br, c2r);
    c3l = fma(vec4(v3), bl, c3l);
    c3r = fma(vec4(v3), br, c3r);
  }
  store(z, row + 0u, column, c0l, c0r);
  store(z, row + 1u, column, c1l, c1r);
  store(z, row + 2u, column, c2l, c2r);
  store(z, row + 3u, column, c3l, c3r);
}
