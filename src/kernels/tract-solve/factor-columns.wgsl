// One step of the Cholesky factorisation A = L Lᵀ, eight columns wide, right-looking (Golub and Van Loan, "Matrix
// computations", section 4.2): the tile on the diagonal becomes L_kk L_kkᵀ, and every row below it x ← x L_kk⁻ᵀ, which is
// its part of L. Right-hand sides B lie below the matrix as rows Bᵀ and become (L⁻¹ B)ᵀ like any other row.
// work [rows, padded], already reduced by the columns before · factor [rows, padded] gets the eight columns of L; the tile
// on the diagonal lies there transposed (what is left of its diagonal means nothing).
//
// One invocation per row below the tile and one for the tile. Each factorises the tile itself, in registers: less work
// than a launch or a barrier. A pivot that is not above zero makes everything after it NaN.

struct Params {
  padded: u32,
  rows: u32,
  first: u32, // of the eight columns
  nan: u32, // its bits; WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> work: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> factor: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

/** One over the pivot. */
fn inverseRoot(square: f32) -> f32 {
  if (square > 0.0) { return 1.0 / sqrt(square); }
  return bitcast<f32>(p.nan);
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 32u;
  let row = p.first + 7u + index; // of invocation 0: the last of the tile
  if (row >= p.rows) { return; }
  let stride = p.padded / 4u;
  let tile = p.first * stride + p.first / 4u;
  let at = row * stride + p.first / 4u;
  var xl = work[at];
  var xh = work[at + 1u];
  // Rows of the tile: all of the first four, the right half of the others, which is symmetric to what is left out.
  var r0l = work[tile + 0u * stride];
  var r0h = work[tile + 0u * stride + 1u];
  var r1l = work[tile + 1u * stride];
  var r1h = work[tile + 1u * stride + 1u];
  var r2l = work[tile + 2u * stride];
  var r2h = work[tile + 2u * stride + 1u];
  var r3l = work[tile + 3u * stride];
  var r3h = work[tile + 3u * stride + 1u];
  var r4h = work[tile + 4u * stride + 1u];
  var r5h = work[tile + 5u * stride + 1u];
  var r6h = work[tile + 6u * stride + 1u];
  var r7h = work[tile + 7u * stride + 1u];

  let s0 = inverseRoot(r0l.x);
  let c0l = r0l * s0;
  let c0h = r0h * s0;
  r1l -= c0l.y * c0l;
  r1h -= c0l.y * c0h;
  r2l -= c0l.z * c0l;
  r2h -= c0l.z * c0h;
  r3l -= c0l.w * c0l;
  r3h -= c0l.w * c0h;
  r4h -= c0h.x * c0h;
  r5h -= c0h.y * c0h;
  r6h -= c0h.z * c0h;
  r7h -= c0h.w * c0h;
  let v0 = xl.x * s0;
  xl -= v0 * c0l;
  xh -= v0 * c0h;

  let s1 = inverseRoot(r1l.y);
  let c1l = r1l * s1;
  let c1h = r1h * s1;
  r2l -= c1l.z * c1l;
  r2h -= c1l.z * c1h;
  r3l -= c1l.w * c1l;
  r3h -= c1l.w * c1h;
  r4h -= c1h.x * c1h;
  r5h -= c1h.y * c1h;
  r6h -= c1h.z * c1h;
  r7h -= c1h.w * c1h;
  let v1 = xl.y * s1;
  xl -= v1 * c1l;
  xh -= v1 * c1h;

  let s2 = inverseRoot(r2l.z);
  let c2l = r2l * s2;
  let c2h = r2h * s2;
  r3l -= c2l.w * c2l;
  r3h -= c2l.w * c2h;
  r4h -= c2h.x * c2h;
  r5h -= c2h.y * c2h;
  r6h -= c2h.z * c2h;
  r7h -= c2h.w * c2h;
  let v2 = xl.z * s2;
  xl -= v2 * c2l;
  xh -= v2 * c2h;

  let s3 = inverseRoot(r3l.w);
  let c3l = r3l * s3;
  let c3h = r3h * s3;
  r4h -= c3h.x * c3h;
  r5h -= c3h.y * c3h;
  r6h -= c3h.z * c3h;
  r7h -= c3h.w * c3h;
  let v3 = xl.w * s3;
  xh -= v3 * c3h;

  let s4 = inverseRoot(r4h.x);
  let c4h = r4h * s4;
  r5h -= c4h.y * c4h;
  r6h -= c4h.z * c4h;
  r7h -= c4h.w * c4h;
  let v4 = xh.x * s4;
  xh -= v4 * c4h;

  let s5 = inverseRoot(r5h.y);
  let c5h = r5h * s5;
  r6h -= c5h.z * c5h;
  r7h -= c5h.w * c5h;
  let v5 = xh.y * s5;
  xh -= v5 * c5h;

  let s6 = inverseRoot(r6h.z);
  let c6h = r6h * s6;
  r7h -= c6h.w * c6h;
  let v6 = xh.z * s6;
  xh -= v6 * c6h;

  let s7 = inverseRoot(r7h.w);
  let c7h = r7h * s7;
  let v7 = xh.w * s7;

  if (index > 0u) {
    factor[at] = vec4(v0, v1, v2, v3);
    factor[at + 1u] = vec4(v4, v5, v6, v7);
    return;
  }
  factor[tile + 0u * stride] = c0l;
  factor[tile + 0u * stride + 1u] = c0h;
  factor[tile + 1u * stride] = c1l;
  factor[tile + 1u * stride + 1u] = c1h;
  factor[tile + 2u * stride] = c2l;
  factor[tile + 2u * stride + 1u] = c2h;
  factor[tile + 3u * stride] = c3l;
  factor[tile + 3u * stride + 1u] = c3h;
  factor[tile + 4u * stride + 1u] = c4h;
  factor[tile + 5u * stride + 1u] = c5h;
  factor[tile + 6u * stride + 1u] = c6h;
  factor[tile + 7u * stride + 1u] = c7h;
}
