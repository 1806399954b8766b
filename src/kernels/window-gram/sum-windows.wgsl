// The Gram matrix of all windows, from the products of displaced-products.wgsl: with i = (ky · size + kx) · channels + c and
// j = (ly · size + lx) · channels + e, ky ≤ ly,
// gram[i, j] = gram[j, i] = Σ_{v, u} products[ly − ky, lx − kx + size − 1, v · stride + ky − padding, u · stride + kx − padding, c, e]
// over the windows (v, u) whose pixel (ky, kx) lies inside the image.
// products [size, 2 size − 1, height, width, channels, channels] · gram [size² · channels, size² · channels]; one invocation
// per element.

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  size: u32,
  stride: u32,
  padding: u32,
  down: u32, // windows
  across: u32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> gram: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 32u;
  let inputs = p.size * p.size * p.channels;
  if (index >= inputs * inputs) { return; }
  let one = index / inputs;
  let two = index % inputs;
  let i = min(one, two);
  let j = max(one, two);
  let ky = i / (p.size * p.channels);
  let kx = i / p.channels % p.size;
  let dy = j / (p.size * p.channels) - ky;
  let dx = j / p.channels % p.size + p.size - 1u - kx;
  let pair = i % p.channels * p.channels + j % p.channels;
  let first = (dy * (2u * p.size - 1u) + dx) * p.height * p.width;
  var sum = 0.0;
  for (var v = 0u; v < p.down; v++) {
    let row = v * p.stride + ky - p.padding; // far beyond the image where it lies before it
    if (row >= p.height) { continue; }
    var line = 0.0;
    for (var u = 0u; u < p.across; u++) {
      let column = u * p.stride + kx - p.padding;
      if (column >= p.width) { continue; }
      line += products[(first + row * p.width + column) * p.channels * p.channels + pair];
    }
    sum += line;
  }
  gram[index] = sum;
}
