import arithmetic from './head.wgsl?raw';
import { flatWorkgroups, type Shape, type Variant, type Workgroups } from '../kernel';
import type { HeadsAttrs } from './packed-heads';

/** Fields of WGSL's `Head`, four numbers each. */
const parts = Array.from('abcdefghijklmnop');
/** Fields of WGSL's `Heads`, one token each. */
const tokens = Array.from({ length: 4 }, (_, i) => `h${i}`);

const lines = <T>(items: readonly T[], line: (item: T, index: number) => string): string =>
  items.map((item, i) => line(item, i)).join('\n');

const capitalised = (name: string): string => `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;

/** The load of a head from an array. */
const load = (buffer: string): string => `
/** One head of one token, from ${buffer}[at] on. */
fn load${capitalised(buffer)}(at: u32) -> Head {
  var x: Head;
${lines(parts, (part, i) => `  if (fours > ${i}u) { x.${part} = ${buffer}[at + ${i}u]; }`)}
  return x;
}
`;

/** Loads of what a tile works on from a storage buffer. */
function tileLoads(buffer: string, isQuad: boolean): string {
  const name = capitalised(buffer);
  return `
/** \`held\` tokens from \`token\` on, the last one again past the end; \`step\` from one to the next. */
fn loadEach${name}(at: u32, token: u32, step: u32) -> Heads {
  let last = p.tokens - 1u;
  var x: Heads;
${lines(tokens, (token, i) => `  if (held > ${i}u) { x.${token} = load${name}(at + min(token + ${i}u, last) * step); }`)}
  return x;
}
${isQuad ? quadStream(name, buffer) : aloneStream(name)}`;
}

const aloneStream = (name: string): string => `
/** The same as one head that every invocation of the tile needs. */
fn stream${name}(at: u32, lane: u32) -> Head {
  return load${name}(at);
}
`;

const quadStream = (name: string, buffer: string): string => `
/** One head that the whole quad needs: each of the four loads a quarter and hands it to the others. */
fn stream${name}(at: u32, lane: u32) -> Head {
  var x: Head;
${lines([0, 4, 8, 12], (first) =>
  [
    `  if (fours > ${first}u) {`,
    `    let own = ${buffer}[at + min(${first}u + lane, fours - 1u)];`,
    lines(
      parts.slice(first, first + 4),
      (part, i) => `    if (fours > ${first + i}u) { x.${part} = quadBroadcast(own, ${i}u); }`,
    ),
    '  }',
  ].join('\n'),
)}
  return x;
}
`;

/** The store of a head into an array. */
const store = (buffer: string): string => `
fn store${capitalised(buffer)}(x: Head, at: u32) {
${lines(parts, (part, i) => `  if (fours > ${i}u) { ${buffer}[at + ${i}u] = x.${part}; }`)}
}
`;

/** The store of what a tile worked on into a storage buffer. */
function tileStore(buffer: string): string {
  const name = capitalised(buffer);
  return `
/** \`held\` tokens from \`token\` on, without those past the end. */
fn storeEach${name}(x: Heads, at: u32, token: u32, step: u32) {
${lines(
  tokens,
  (field, i) =>
    `  if (held > ${i}u && token + ${i}u < p.tokens) { store${name}(x.${field}, at + (token + ${i}u) * step); }`,
)}
}
`;
}

interface HeadModule {
  /** Entry point and bindings. */
  body: string;
  /** Arrays of vec4 that heads are read from, and those they are written to. */
  reads: readonly string[];
  writes?: readonly string[];
}

/**
 * A module in which each invocation works on `held` tokens: on its own, or with three neighbours of its subgroup, of which
 * none may leave early then.
 */
const headModule = ({ body, reads, writes = [] }: HeadModule, lanes: 1 | 4): string =>
  [
    ...(lanes === 4 ? ['enable subgroups;\n'] : []),
    arithmetic,
    `\n/** Invocations that share a tile of lanes · held tokens. */\nconst lanes = ${lanes}u;\n`,
    ...reads.map((buffer) => load(buffer) + tileLoads(buffer, lanes === 4)),
    ...writes.map((buffer) => store(buffer) + tileStore(buffer)),
    body,
  ].join('');

/** Whether a head fits into registers. */
const fitsRegisters = ({ headWidth }: HeadsAttrs): boolean => headWidth % 4 === 0 && headWidth <= 64;

/**
 * Tokens that an invocation keeps, so that they have no more than 64 numbers. More would spare loads, but the time to compile
 * grows faster than the code, to minutes on a software adapter.
 */
const heldTokens = ({ headWidth }: HeadsAttrs, lanes: 1 | 4): number =>
  Math.min(lanes === 4 ? 3 : 4, Math.max(1, Math.floor(64 / headWidth)));

/**
 * The module's two variants without barriers, for heads that fit into registers: in quads, which spares loads, and alone.
 * @param workgroups given the tokens of a tile and the workgroups that a number of tiles takes
 */
export function headVariants<Name extends string, Attrs extends HeadsAttrs>(
  module: HeadModule,
  workgroups: (
    shapes: Record<Name, Shape>,
    tileTokens: number,
    groupsFor: (tiles: number) => Workgroups,
  ) => Workgroups,
): Variant<Name, Attrs>[] {
  return ([4, 1] as const).map((lanes) => ({
    name: lanes === 4 ? 'subgroup' : 'heads',
    wgsl: headModule(module, lanes),
    ...(lanes === 4 && { needs: 'subgroups' as const }),
    fits: (_, attrs) => fitsRegisters(attrs),
    constants: (attrs) => ({ fours: attrs.headWidth / 4, held: heldTokens(attrs, lanes) }),
    workgroups: (shapes, attrs) =>
      workgroups(shapes, lanes * heldTokens(attrs, lanes), (tiles) => flatWorkgroups(lanes * tiles, 32)),
  }));
}

/** A variant whose invocations work on one token each and share others through workgroup memory. */
export const tiledVariant = <Name extends string, Attrs extends HeadsAttrs>(
  { body, reads, writes = [] }: HeadModule,
  workgroups: (shapes: Record<Name, Shape>) => Workgroups,
): Variant<Name, Attrs> => ({
  name: 'tiled',
  wgsl: [arithmetic, ...reads.map(load), ...writes.map(store), body].join(''),
  fits: (_, attrs) => fitsRegisters(attrs),
  constants: ({ headWidth }) => ({ fours: headWidth / 4, held: 1 }),
  workgroups,
});
