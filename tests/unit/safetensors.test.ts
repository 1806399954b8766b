import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from '../../src/data/safetensors';

const tensors = new Map<string, NamedArray>([
  ['weight', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, NaN, Infinity, 1e-40) }],
  ['labels', { shape: [2], values: Int32Array.of(-1, 7) }],
  ['scalar', { shape: [], values: Float32Array.of(0.1) }],
  ['empty', { shape: [0, 4], values: new Float32Array() }],
]);
const metadata = { spec: '{"a":1}', note: 'Übung' };
const file = encodeSafetensors({ tensors, metadata });

/** A file whose header is this text. */
function withHeader(text: string, data = new Uint8Array()): Uint8Array {
  const header = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

describe('safetensors', () => {
  it('come back as they were, to the bit', () => {
    const back = decodeSafetensors(file);
    expect(back.metadata).toEqual(metadata);
    expect([...back.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, values }] of tensors) {
      expect(back.tensors.get(name)?.shape).toEqual(shape);
      expect(back.tensors.get(name)?.values).toEqual(values);
    }
  });

  it('are laid out as the format says', () => {
    // Written by hand from the format's description: one float32 tensor [1] holding 1.0.
    const byHand = withHeader(
      '{"__metadata__":{},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      Uint8Array.of(0, 0, 0x80, 0x3f),
    );
    expect(decodeSafetensors(byHand).tensors.get('x')?.values).toEqual(Float32Array.of(1));
    const ours = encodeSafetensors({
      tensors: new Map([['x', { shape: [1], values: Float32Array.of(1) }]]),
      metadata: {},
    });
    const headerBytes = Number(new DataView(ours.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(ours.subarray(8, 8 + headerBytes)))).toEqual({
      __metadata__: {},
      x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect([...ours.subarray(8 + headerBytes)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it('are read from the middle of a larger buffer too', () => {
    const padded = new Uint8Array(file.length + 7);
    padded.set(file, 3);
    const within = padded.subarray(3, 3 + file.length);
    // Node's own kind of bytes has a `slice` that does not copy.
    for (const bytes of [within, Buffer.from(within), Buffer.from(padded.buffer, 3, file.length)])
      expect(decodeSafetensors(bytes).tensors.get('labels')?.values).toEqual(Int32Array.of(-1, 7));
  });

  it.each([
    ['nothing', new Uint8Array(3), 'too short'],
    ['a header longer than the file', file.subarray(0, 20), 'cut off'],
    ['data cut off', file.subarray(0, file.length - 3), 'outside the file'],
    ['another kind of file', withHeader('PNG'), 'not JSON'],
    ['a list for a header', withHeader('[]'), 'not JSON'],
    ['half precision', withHeader('{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}'), 'F16'],
    ['a wrong size', withHeader('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'), '4 bytes'],
    ['a nameless entry', withHeader('{"x":{"dtype":"F32"}}'), 'x is not as'],
    [
      'an offset below zero',
      withHeader('{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'),
      'x is not as',
    ],
  ])('say what is wrong with %s', (_, bytes, words) => {
    expect(() => decodeSafetensors(bytes)).toThrow(DataError);
    expect(() => decodeSafetensors(bytes)).toThrow(words);
  });

  it('refuse what cannot be written', () => {
    const wrong = new Map([['x', { shape: [2], values: Float32Array.of(1) }]]);
    expect(() => encodeSafetensors({ tensors: wrong, metadata: {} })).toThrow('[2] does not hold 1');
    const named = new Map([['__metadata__', { shape: [1], values: Float32Array.of(1) }]]);
    expect(() => encodeSafetensors({ tensors: named, metadata: {} })).toThrow('__metadata__');
  });
});
