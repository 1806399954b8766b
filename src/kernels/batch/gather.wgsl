// values[i, v] = standardised[o mod channels, byte o of image indices[i]] with o = offsets[v]; chosen[i] = labels[indices[i]].
// An index outside the images gives NaN and the label −1.
// bytes [images, words], four bytes a word, the lowest first · labels [images] · standardised [channels, 256] ·
// offsets [size] · indices [batch] · values [batch, size] · chosen [batch]; one invocation per four values of an image.

struct Params {
  images: u32,
  words: u32,
  size: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> standardised: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;
@group(0) @binding(6) var<storage, read_write> chosen: array<i32>;
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let first = 4u * id.x;
  if (first >= p.size) { return; }
  let image = indices[id.y];
  let exists = image < p.images;
  if (first == 0u) { chosen[id.y] = select(-1, labels[image], exists); }
  var nan = 0x7fc00000u;
  let end = min(p.size, first + 4u);
  for (var v = first; v < end; v++) {
    let offset = offsets[v];
    let byte = (bytes[image * p.words + offset / 4u] >> (8u * (offset % 4u))) & 0xffu;
    let value = standardised[(offset % p.channels) * 256u + byte];
    values[id.y * p.size + v] = select(bitcast<f32>(nan), value, exists);
  }
}
