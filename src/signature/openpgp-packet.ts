import { strictBase64 } from './wire.ts'

/** One packet of OpenPGP (RFC 9580 §4): its tag and its body. */
export interface Packet {
  readonly tag: number
  readonly body: Buffer
}

/** Packets at most in one file: a keyring of a large organisation holds some ten thousand. */
const mostPackets = 200_000

/** All packets, or `undefined` where a length is wrong, partial or missing. */
export const readPackets = (data: Buffer): readonly Packet[] | undefined => {
  const packets: Packet[] = []
  let at = 0
  while (at < data.length) {
    const head = data[at++] ?? 0
    if ((head & 0x80) === 0 || packets.length === mostPackets) return undefined
    const isNew = (head & 0x40) !== 0
    const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f
    const sized = isNew ? newLength(data, at) : oldLength(data, at, head & 3)
    if (!sized) return undefined
    const from = at + sized.bytes
    if (sized.length > data.length - from) return undefined
    packets.push({ tag, body: data.subarray(from, from + sized.length) })
    at = from + sized.length
  }
  return packets
}

interface Length {
  readonly length: number
  /** Bytes that said so. */
  readonly bytes: number
}

/** RFC 9580 §4.2.1; also the lengths of subpackets (§5.2.3.7), which know no partial ones. */
export const newLength = (data: Buffer, at: number): Length | undefined => {
  const first = data[at]
  if (first === undefined) return undefined
  if (first < 192) return { length: first, bytes: 1 }
  if (first < 224) {
    const second = data[at + 1]
    return second === undefined ? undefined : { length: ((first - 192) << 8) + second + 192, bytes: 2 }
  }
  return first === 255 && at + 5 <= data.length ? { length: data.readUInt32BE(at + 1), bytes: 5 } : undefined
}

const oldLength = (data: Buffer, at: number, type: number): Length | undefined => {
  const bytes = [1, 2, 4][type]
  return bytes === undefined || at + bytes > data.length ? undefined : { length: data.readUIntBE(at, bytes), bytes }
}

/**
 * A multiprecision integer (§3.2) without leading zeros. Its count of bits is exact, or that of all its bytes, as some
 * writers have it (GitHub's among them): a number has these two forms and no third.
 */
export const readMpi = (data: Buffer, at: number): { readonly value: Buffer; readonly next: number } | undefined => {
  if (at + 2 > data.length) return undefined
  const bits = data.readUInt16BE(at)
  const next = at + 2 + Math.ceil(bits / 8)
  if (next > data.length) return undefined
  const value = data.subarray(at + 2, next)
  const exact = value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24
  if (bits !== exact && bits !== value.length * 8) return undefined
  return { value, next }
}

export const readMpis = (data: Buffer, at: number, count: number): readonly Buffer[] | undefined => {
  const values: Buffer[] = []
  let from = at
  for (let i = 0; i < count; i++) {
    const mpi = readMpi(data, from)
    if (!mpi) return undefined
    values.push(mpi.value)
    from = mpi.next
  }
  return from === data.length ? values : undefined
}

/**
 * The bytes inside one block of ASCII armour (§6.2). Strict: headers, a blank line, base64, a checksum that is right
 * where there is one, the end, and nothing but blanks behind it.
 *
 * @param name `PGP SIGNATURE`, `PGP PUBLIC KEY BLOCK`
 */
export const readArmour = (text: string, name: string): Buffer | undefined => {
  const lines = text.split('\n')
  if (lines[0]?.trimEnd() !== `-----BEGIN ${name}-----`) return undefined
  let i = 1
  while (/^[A-Za-z][\w-]{0,40}: /.test(lines[i] ?? '')) i++
  if ((lines[i] ?? 'x').trim() !== '') return undefined
  const stop = lines.indexOf(`-----END ${name}-----`, i)
  if (stop === -1 || lines.slice(stop + 1).some(l => l.trim() !== '')) return undefined
  const inside = lines.slice(i + 1, stop)
  const check = /^=([A-Za-z0-9+/]{4})$/.exec(inside.at(-1) ?? '')?.[1]
  const data = strictBase64((check === undefined ? inside : inside.slice(0, -1)).join(''))
  if (!data || data.length === 0) return undefined
  return check === undefined || strictBase64(check)?.readUIntBE(0, 3) === crc24(data) ? data : undefined
}

/** §6.1.1. */
const crc24 = (data: Buffer): number => {
  let crc = 0xb704ce
  for (const byte of data) crc = ((crc << 8) & 0xffffff) ^ (crcTable[(crc >> 16) ^ byte] ?? 0)
  return crc
}

const crcTable: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 16
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb)
  return crc & 0xffffff
})

/** Every block of keys in a text with several, or the file itself where it is binary. */
export const readKeyFile = (bytes: Buffer): readonly Packet[] | undefined => {
  if (((bytes[0] ?? 0) & 0x80) !== 0) return readPackets(bytes)
  const begin = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
  const end = '-----END PGP PUBLIC KEY BLOCK-----'
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n')
  const packets: Packet[] = []
  let at = text.indexOf(begin)
  if (at === -1) return undefined
  while (at !== -1) {
    const stop = text.indexOf(end, at)
    const data = stop === -1 ? undefined : readArmour(text.slice(at, stop + end.length), 'PGP PUBLIC KEY BLOCK')
    const inside = data && readPackets(data)
    if (!inside) return undefined
    packets.push(...inside)
    at = text.indexOf(begin, stop)
  }
  return packets
}
