// As gather.wgsl, with a window of the image's size cut at random from the image in a frame of `padding` black pixels, and
// mirrored left to right at random: image i of the batch takes its place from one block of a Philox4x32-10 stream,
// counter [0, i, step, 0] (src/math/philox-stream.ts), whose words are the row, the column and the mirror.
// bytes [images, words], four bytes a word, the lowest first · labels [images] · standardised [channels, 256] ·
// offsets [size] · indices [batch] · step [1] · values [batch, size] · chosen [batch]; one invocation per four values of an
// image.

struct Params {
  images: u32,
  words: u32,
  size: u32,
  channels: u32,
  height: u32,
  width: u32,
  padding: u32,
  flips: u32, // whether images are mirrored
  key0: u32,
  key1: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> standardised: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read> step: array<i32>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read_write> chosen: array<i32>;
@group(0) @binding(8) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let first = 4u * id.x;
  if (first >= p.size) { return; }
  let image = indices[id.y];
  let exists = image < p.images;
  if (first == 0u) { chosen[id.y] = select(-1, labels[image], exists); }
  let words = philox(vec4(0u, id.y, bitcast<u32>(step[0]), 0u), vec2(p.key0, p.key1));
  let places = 2u * p.padding + 1u;
  let down = multiply_high(words.x, places); // uniform in [0, places), to 2⁻³²
  let right = multiply_high(words.y, places);
  let is_mirrored = p.flips == 1u && words.z >= 0x80000000u;
  let row_size = p.width * p.channels;
  var nan = 0x7fc00000u;
  let end = min(p.size, first + 4u);
  for (var v = first; v < end; v++) {
    let offset = offsets[v];
    let column = (offset % row_size) / p.channels;
    let channel = offset % p.channels;
    // Unsigned: what lies before the image wraps to far behind it.
    let source_row = offset / row_size + down - p.padding;
    let source_column = select(column, p.width - 1u - column, is_mirrored) + right - p.padding;
    var byte = 0u;
    if (source_row < p.height && source_column < p.width) {
      let source = source_row * row_size + source_column * p.channels + channel;
      byte = (bytes[image * p.words + source / 4u] >> (8u * (source % 4u))) & 0xffu;
    }
    let value = standardised[channel * 256u + byte];
    values[id.y * p.size + v] = select(bitcast<f32>(nan), value, exists);
  }
}
