/**
 * A language model of half a megabyte with random weights: it knows nothing, but a real server loads it, keeps to a
 * JSON schema and counts tokens with it. Architecture `llama`, written in the GGUF format, version 3.
 */
const WIDTH = 64
const HEADS = 4
const BLOCKS = 2
const FEED_FORWARD = 128
const CONTEXT = 4096
const SEED = 7
const ALIGNMENT = 32

/** GGUF's numbers for the types of values. */
const UINT32 = 4
const INT32 = 5
const FLOAT32 = 6
const BOOL = 7
const STRING = 8
const ARRAY = 9

/** Llama's numbers for the kinds of tokens. */
const NORMAL = 1
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

interface Token {
  readonly text: string
  readonly kind: number
  readonly score: number
}

interface Tensor {
  readonly name: string
  /** Fastest running dimension first. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The model file's bytes; the same on every call. */
export function tinyModel(): Buffer {
  const tokens = vocabulary()
  const settings = metadata(tokens)
  const tensors = weights(tokens.length)
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(settings.length), ...settings]
  let offset = 0
  for (const { name, shape, values } of tensors) {
    head.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset))
    offset += padded(values.byteLength)
  }
  const bytes = Buffer.concat(head)
  const data = tensors.map(({ values }) => pad(Buffer.from(values.buffer)))
  return Buffer.concat([pad(bytes), ...data])
}

/** Three marks, every byte, and the printable ASCII characters. */
function vocabulary(): readonly Token[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const printable = ['\u2581', ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))]
  return [
    { text: '<unk>', kind: UNKNOWN, score: 0 },
    { text: '<s>', kind: CONTROL, score: 0 },
    { text: '</s>', kind: CONTROL, score: 0 },
    ...bytes.map((byte) => ({ text: byte, kind: BYTE, score: -100 })),
    ...printable.map((character, rank) => ({ text: character, kind: NORMAL, score: -rank })),
  ]
}

function metadata(tokens: readonly Token[]): readonly Buffer[] {
  const count = (key: string, value: number): Buffer => entry(key, UINT32, u32(value))
  const list = (key: string, type: number, items: readonly Buffer[]): Buffer =>
    entry(key, ARRAY, Buffer.concat([u32(type), u64(items.length), ...items]))
  return [
    entry('general.architecture', STRING, text('llama')),
    entry('general.name', STRING, text('stonks-tiny')),
    count('general.file_type', 0),
    count('llama.context_length', CONTEXT),
    count('llama.embedding_length', WIDTH),
    count('llama.block_count', BLOCKS),
    count('llama.feed_forward_length', FEED_FORWARD),
    count('llama.attention.head_count', HEADS),
    count('llama.attention.head_count_kv', HEADS),
    entry('llama.attention.layer_norm_rms_epsilon', FLOAT32, f32(1e-5)),
    count('llama.rope.dimension_count', WIDTH / HEADS),
    count('llama.vocab_size', tokens.length),
    entry('tokenizer.ggml.model', STRING, text('llama')),
    list(
      'tokenizer.ggml.tokens',
      STRING,
      tokens.map((token) => text(token.text)),
    ),
    list(
      'tokenizer.ggml.scores',
      FLOAT32,
      tokens.map((token) => f32(token.score)),
    ),
    list(
      'tokenizer.ggml.token_type',
      INT32,
      tokens.map((token) => u32(token.kind)),
    ),
    count('tokenizer.ggml.unknown_token_id', 0),
    count('tokenizer.ggml.bos_token_id', 1),
    count('tokenizer.ggml.eos_token_id', 2),
    entry('tokenizer.ggml.add_bos_token', BOOL, Buffer.from([1])),
    entry('tokenizer.ggml.add_eos_token', BOOL, Buffer.from([0])),
  ]
}

function weights(tokenCount: number): readonly Tensor[] {
  const random = normals(SEED)
  const noise = (name: string, ...shape: number[]): Tensor => {
    const size = shape.reduce((product, length) => product * length, 1)
    return { name: `${name}.weight`, shape, values: Float32Array.from({ length: size }, () => random() * 0.05) }
  }
  const ones = (name: string): Tensor => ({
    name: `${name}.weight`,
    shape: [WIDTH],
    values: new Float32Array(WIDTH).fill(1),
  })
  const block = (index: number): Tensor[] => [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => noise(`blk.${index}.${name}`, WIDTH, WIDTH)),
    noise(`blk.${index}.ffn_gate`, WIDTH, FEED_FORWARD),
    noise(`blk.${index}.ffn_up`, WIDTH, FEED_FORWARD),
    noise(`blk.${index}.ffn_down`, FEED_FORWARD, WIDTH),
    ...['attn_norm', 'ffn_norm'].map((name) => ones(`blk.${index}.${name}`)),
  ]
  return [
    noise('token_embd', WIDTH, tokenCount),
    noise('output', WIDTH, tokenCount),
    ones('output_norm'),
    ...Array.from({ length: BLOCKS }, (_, index) => block(index)).flat(),
  ]
}

/** Standard normal numbers: Box and Muller's transform (1958) over the generator mulberry32. */
function normals(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(key), u32(type), value])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)])
}
