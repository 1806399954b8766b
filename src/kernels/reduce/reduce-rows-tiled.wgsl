// y[outer, chunk] = reduction of x[outer, ·] over the chunk, divided by `divisor`; `inner` is 1.
// x [outer, extent] · y [outer, chunks]; chunks are `chunk` long, the last one shorter.
//
// One workgroup per result; its 64 invocations take every 64th element and meet in a tree in shared memory.

struct Params {
  outer: u32,
  extent: u32,
  inner: u32,
  chunks: u32,
  chunk: u32,
  largest: u32, // 1: the largest element, NaN if there is one; 0: the sum
  lowest: u32, // bits of -infinity, which WGSL cannot write
  divisor: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & u32(0x7fffffffu)) > u32(0x7f800000u); // value != value may be optimised away
}

const width = 64u;

var<workgroup> partials: array<f32, width>;

fn joined(a: f32, b: f32) -> f32 {
  if (p.largest == 1u) { return select(a, b, (b > a) | isNan(b)); }
  return a + b;
}

@compute @workgroup_size(width)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let index = group.x + group.y * groups.x;
  if (index >= p.outer * p.chunks) { return; }
  let row = (index / p.chunks) * p.extent;
  let first = (index % p.chunks) * p.chunk;
  let last = row + min(first + p.chunk, p.extent);
  var value = select(0.0, bitcast<f32>(p.lowest), p.largest == 1u);
  for (var i = row + first + lane; i < last; i += width) { value = joined(value, x[i]); }
  partials[lane] = value;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partials[lane] = joined(partials[lane], partials[lane + half]); }
  }
  if (lane == 0u) { y[index] = select(partials[0] / p.divisor, partials[0], p.largest == 1u); }
}
