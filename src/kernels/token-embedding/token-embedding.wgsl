// Tokens of a vision transformer: z[b, 0] = first + position[0] and z[b, 1 + i] = patches[b, i] + position[1 + i].
// patches [batch, tokens − 1, width] · first [width] · position [tokens, width] · z [batch, tokens, width]; one invocation per
// element.

struct Params {
  size: u32, // elements of z
  tokens: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> patches: array<f32>;
@group(0) @binding(1) var<storage, read> first: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<f32>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size) { return; }
  let image = p.tokens * p.width;
  let at = index % image;
  if (at < p.width) {
    z[index] = first[at] + position[at];
  } else {
    z[index] = patches[index - (index / image + 1u) * p.width] + position[at];
  }
}
