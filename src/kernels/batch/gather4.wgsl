// values[i, v] = standardised[o mod channels, byte o of image indices[i]] with o = offsets[v]; chosen[i] = labels[indices[i]].
// An index outside the images gives NaN and the label −1. For sizes of whole fours: the values of an image are written four
// at a time.
// bytes [images, words], four bytes a word, the lowest first · labels [images] · standardised [channels, 256] ·
// offsets [size / 4] · indices [batch] · values [batch, size / 4] · chosen [batch]; one invocation per four values.

struct Params {
  images: u32,
  words: u32,
  size: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> standardised: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read_write> values: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> chosen: array<i32>;
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let fours = p.size / 4u;
  if (id.x >= fours) { return; }
  let image = indices[id.y];
  let exists = image < p.images;
  if (id.x == 0u) { chosen[id.y] = select(-1, labels[image], exists); }
  let o = offsets[id.x];
  let at = vec4(image * p.words) + o / 4u;
  let words = vec4(bytes[at.x], bytes[at.y], bytes[at.z], bytes[at.w]);
  let entry = (o % p.channels) * 256u + ((words >> (8u * (o % 4u))) & vec4(0xffu));
  let value = vec4(
    standardised[entry.x],
    standardised[entry.y],
    standardised[entry.z],
    standardised[entry.w],
  );
  var nan = 0x7fc00000u;
  values[id.y * fours + id.x] = select(vec4(bitcast<f32>(nan)), value, exists);
}
