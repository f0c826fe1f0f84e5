/** Reads the wire format of SSH (RFC 4251 §5). Every read is bounded; what is short gives `undefined`, never a throw. */
export interface Wire {
  u8(): number | undefined
  u32(): number | undefined
  /** `string`: a 32-bit length and that many bytes. */
  bytes(): Buffer | undefined
  text(): string | undefined
  /** A positive `mpint` without leading zeros; a negative one is refused. */
  integer(): Buffer | undefined
  readonly left: number
}

export const wire = (data: Buffer): Wire => {
  let at = 0
  const take = (length: number): Buffer | undefined => {
    if (length > data.length - at) return undefined
    at += length
    return data.subarray(at - length, at)
  }
  const u32 = (): number | undefined => take(4)?.readUInt32BE(0)
  const bytes = (): Buffer | undefined => {
    const length = u32()
    return length === undefined ? undefined : take(length)
  }
  return {
    u8: () => take(1)?.[0],
    u32,
    bytes,
    text: () => bytes()?.toString('latin1'),
    integer: () => {
      const raw = bytes()
      if (raw === undefined || ((raw[0] ?? 0) & 0x80) !== 0) return undefined
      return unpadded(raw)
    },
    get left() {
      return data.length - at
    },
  }
}

/** A big-endian integer without its leading zero bytes. */
export const unpadded = (raw: Buffer): Buffer => {
  let zeros = 0
  while (zeros < raw.length && raw[zeros] === 0) zeros++
  return raw.subarray(zeros)
}

/** A big-endian integer in exactly `length` bytes, or `undefined` where it does not fit. */
export const padded = (raw: Buffer, length: number): Buffer | undefined => {
  const bare = unpadded(raw)
  if (bare.length > length) return undefined
  if (bare.length === length) return bare
  const full = Buffer.alloc(length)
  bare.copy(full, length - bare.length)
  return full
}

/** A `string` as RFC 4251 writes it. */
export const asString = (data: Uint8Array | string): Buffer => {
  const body = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
  const out = Buffer.alloc(4 + body.length)
  out.writeUInt32BE(body.length, 0)
  out.set(body, 4)
  return out
}

/**
 * Base64 that says one thing in one way: the alphabet of RFC 4648 §4, its padding, no stray bits. `undefined` for
 * anything else, so that no two texts stand for one signature.
 */
export const strictBase64 = (text: string): Buffer | undefined => {
  if (text.length % 4 !== 0) return undefined
  const data = Buffer.from(text, 'base64')
  return data.toString('base64') === text ? data : undefined
}
