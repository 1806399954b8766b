// y[outer, chunk, inner] = reduction of x[outer, ·, inner] over the chunk, divided by `divisor`.
// x [outer, extent, inner] · y [outer, chunks, inner]; chunks are `chunk` long, the last one shorter.
//
// One invocation sums one chunk in order, so the same input gives the same bits. Long extents with few
// results are reduced in several launches, first in chunks, then over the chunks.

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let inner = p.inner;
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.outer * p.chunks * inner) { return; }
  let column = index % inner;
  let chunk = (index / inner) % p.chunks;
  let outer = index / (inner * p.chunks);
  let first = chunk * p.chunk;
  let last = min(first + p.chunk, p.extent);
  var at = (outer * p.extent + first) * inner + column;
  if (p.largest == 1u) {
    var best = bitcast<f32>(p.lowest);
    for (var i = first; i < last; i++) {
      let value = x[at];
      best = select(best, value, (value > best) | isNan(value));
      at += inner;
    }
    y[index] = best;
    return;
  }
  var sum = 0.0;
  for (var i = first; i < last; i++) {
    sum += x[at];
    at += inner;
  }
  y[index] = sum / p.divisor;
}
