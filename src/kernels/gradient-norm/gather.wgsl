// Lays gradients end to end behind the head of `gathered` and sums their squares: gathered[offset + i] = gradient[i], and
// gathered[sums + t] = Σ gradient[i]² over i = t, t + n, t + 2n, … for each of the tensor's n invocations t < size.
// gradient [size] each · gathered [16 + all sizes + all sums]. A template: see `moduleFor` in tensor-groups.ts.

struct Params {
  // for each tensor #
  first#: u32, // its blocks of 64 invocations are those from `first` up to before `last`
  last#: u32,
  size#: u32,
  offset#: u32,
  sums#: u32,
  // end
}

// for each tensor #
@group(0) @binding(_) var<storage, read> gradient#: array<f32>;
// end
@group(0) @binding(_) var<storage, read_write> gathered: array<f32>;
@group(0) @binding(_) var<uniform> p: Params;

override blocks: u32; // that a workgroup does one after the other

const infinity = 0x7f800000u; // its bits; those of NaN lie above

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let begin = (id.x + id.y * groups.x) * blocks;
  // for each tensor #
  for (var block = max(begin, p.first#); block < min(begin + blocks, p.last#); block++) {
    let stride = (p.last# - p.first#) * 64u;
    let start = (block - p.first#) * 64u + lane;
    var sum = 0.0;
    var largest = 0u;
    for (var i = start; i < p.size#; i += stride) {
      let g = gradient#[i];
      gathered[p.offset# + i] = g;
      sum += g * g;
      largest = max(largest, bitcast<u32>(g) & 0x7fffffffu);
    }
    // By its bits, because a compiler may assume that arithmetic meets no infinity and no NaN.
    if (start < p.size#) { gathered[p.sums# + start] = select(sum, bitcast<f32>(largest), largest >= infinity); }
  }
  // end
}
