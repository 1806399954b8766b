// y[outer, chunk] = reduction of x[outer, ·] over the chunk, divided by `divisor`; `inner` is 1.
// x [outer, extent] · y [outer, chunks]; chunks are `chunk` long, the last one shorter.
//
// One subgroup per result, 32 results per workgroup. Subgroups differ in size from device to device, and nothing says which
// invocations share one: each subgroup counts its own lanes and takes the next result of its workgroup until none is left.

enable subgroups;
// The results differ from subgroup to subgroup; within one, all lanes go the same way.
diagnostic(off, subgroup_uniformity);

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

const groupResults = 32u;

var<workgroup> taken: atomic<u32>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = subgroupAdd(1u);
  let lane = subgroupExclusiveAdd(1u);
  let begin = (group.x + group.y * groups.x) * groupResults;
  let end = min(begin + groupResults, p.outer * p.chunks);
  loop {
    var index = 0u;
    if (lane == 0u) { index = begin + atomicAdd(&taken, 1u); }
    index = subgroupBroadcastFirst(index);
    if (index >= end) { break; }

    let row = (index / p.chunks) * p.extent;
    let first = (index % p.chunks) * p.chunk;
    let last = row + min(first + p.chunk, p.extent);
    if (p.largest == 1u) {
      var best = bitcast<f32>(p.lowest);
      for (var i = row + first + lane; i < last; i += lanes) {
        let value = x[i];
        best = select(best, value, (value > best) | isNan(value));
      }
      // The largest of numbers with a NaN among them may be any of them; their sum is NaN.
      let isAnyNan = subgroupAny(isNan(best));
      let result = select(subgroupMax(best), subgroupAdd(best), isAnyNan);
      if (lane == 0u) { y[index] = result; }
    } else {
      var sum = 0.0;
      for (var i = row + first + lane; i < last; i += lanes) { sum += x[i]; }
      sum = subgroupAdd(sum);
      if (lane == 0u) { y[index] = sum / p.divisor; }
    }
  }
}
