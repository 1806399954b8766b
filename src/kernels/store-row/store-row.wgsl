// Lays tensors end to end in a matrix that holds other things too: matrix[offset + i] = tensor[i].
// tensor [size] each · matrix [all]. A template: see `moduleFor` in tensor-groups.ts.

struct Params {
  // for each tensor #
  first#: u32, // its blocks of 64 invocations are those from `first` up to before `last`
  last#: u32,
  size#: u32,
  offset#: u32,
  // end
}

// for each tensor #
@group(0) @binding(_) var<storage, read> tensor#: array<f32>;
// end
@group(0) @binding(_) var<storage, read_write> matrix: array<f32>;
@group(0) @binding(_) var<uniform> p: Params;

override blocks: u32; // that a workgroup does one after the other

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let begin = (id.x + id.y * groups.x) * blocks;
  // for each tensor #
  for (var block = max(begin, p.first#); block < min(begin + blocks, p.last#); block++) {
    let i = (block - p.first#) * 64u + lane;
    if (i < p.size#) { matrix[p.offset# + i] = tensor#[i]; }
  }
  // end
}
