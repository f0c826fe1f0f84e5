import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SignatureSeen } from '../../src/facts/git.ts'
import { readAllowedSigners, readRevokedKeys } from '../../src/signature/allowed-signers.ts'
import { readKeyring } from '../../src/signature/openpgp-key.ts'
import { readArmour, readKeyFile, readPackets } from '../../src/signature/openpgp-packet.ts'
import { readPgpSignature } from '../../src/signature/openpgp-signature.ts'
import { readSignedCommit, readSignedTag } from '../../src/signature/signed-object.ts'
import { readSshKey } from '../../src/signature/ssh-key.ts'
import { longestSignature, readSshSignature } from '../../src/signature/sshsig.ts'
import { settled, type Trust, verifier } from '../../src/signature/verify.ts'
import { armour, packet, pgpSigner } from '../openpgp-writer.ts'
import { withHeader } from '../signing.ts'
import { framed, sshArmoured, sshSigner, sshsig, sshTypes } from '../ssh-signer.ts'

const at = Date.UTC(2026, 5, 1) / 1000
const payload = `tree ${'0'.repeat(40)}\nauthor A <a@b> ${at} +0000\ncommitter A <a@b> ${at} +0000\n\nraise the limit\n`
const other = payload.replace('raise', 'lower')

const sshKey = sshSigner('ssh-ed25519')
const pgpKey = pgpSigner({ algorithm: 'ed25519', created: at - 86_400, subkey: 'bound' })
const rsaKey = pgpSigner({ algorithm: 'rsa', created: at - 86_400 })
const trust: Trust = {
  signers: readAllowedSigners(`a@b ${sshKey.line}\n`).signers,
  revoked: undefined,
  keyring: readKeyring(readKeyFile(Buffer.concat([pgpKey.certificate, rsaKey.certificate])) ?? []),
  now: at + 86_400,
}
const verify = verifier(trust)
const commit = (body: string | Buffer): SignatureSeen => settled(verify(readSignedCommit(Buffer.from(body), 'sha1')))
const sshArmour = sshKey.sign(Buffer.from(payload))
const pgpArmour = pgpKey.sign(Buffer.from(payload), { at })
const signed = { ssh: withHeader(payload, sshArmour), openpgp: withHeader(payload, pgpArmour) }

test('the signatures the rest of this file damages are good as they stand', () => {
  expect(commit(signed.ssh)).toMatchObject({ letter: 'G', state: 'good', signer: 'a@b' })
  expect(commit(signed.openpgp)).toMatchObject({ letter: 'G', state: 'good', keyId: pgpKey.keyId })
  expect(commit(withHeader(payload, rsaKey.sign(Buffer.from(payload), { at })))).toMatchObject({ letter: 'G' })
})

describe('no bit of a signed commit can be another', () => {
  const flipped = (body: Buffer, bit: number): Buffer => {
    const copy = Buffer.from(body)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return copy
  }

  test('SSH: every single bit of object and signature', () => {
    const body = Buffer.from(signed.ssh)
    const good = Array.from({ length: body.length * 8 }, (_, bit) => bit).filter(
      bit => commit(flipped(body, bit)).letter === 'G',
    )
    expect(good).toEqual([])
  })

  test('OpenPGP: every single bit, but those that no signature covers', () => {
    const body = Buffer.from(signed.openpgp)
    const [whole] = readPackets(readArmour(pgpArmour, 'PGP SIGNATURE') ?? Buffer.alloc(0)) ?? []
    const covered = (data: Buffer | undefined): string => {
      if (!data) return ''
      const hashedEnd = 6 + data.readUInt16BE(4)
      const unhashedEnd = hashedEnd + 2 + data.readUInt16BE(hashedEnd)
      return Buffer.concat([data.subarray(0, hashedEnd), data.subarray(unhashedEnd)]).toString('hex')
    }
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = flipped(body, bit)
      if (commit(changed).letter !== 'G') continue
      const object = readSignedCommit(changed, 'sha1')
      const [inside] = readPackets(readArmour(object.armour, 'PGP SIGNATURE') ?? Buffer.alloc(0)) ?? []
      expect(object.payload.toString(), `bit ${bit}`).toBe(payload)
      expect(covered(inside?.body), `bit ${bit}`).toBe(covered(whole?.body))
    }
  })

  test('every kind of SSH key: any fifth byte of the signature', () => {
    for (const type of sshTypes) {
      const key = sshSigner(type)
      const check = verifier({ ...trust, signers: readAllowedSigners(`a@b ${key.line}`).signers })
      const body = Buffer.from(withHeader(payload, key.sign(Buffer.from(payload))))
      expect(settled(check(readSignedCommit(body, 'sha1'))).letter, type).toBe('G')
      for (let bit = 5; bit < body.length * 8; bit += 40)
        expect(settled(check(readSignedCommit(flipped(body, bit), 'sha1'))).letter, `${type} ${bit}`).not.toBe('G')
    }
  })

  test('cut off anywhere, it is not good', () => {
    for (const body of Object.values(signed))
      for (let length = 0; length < body.length; length++) expect(commit(body.slice(0, length)).letter).not.toBe('G')
  })
})

describe('a signature speaks for one object', () => {
  test('taken from another commit it is bad', () => {
    expect(commit(withHeader(other, sshArmour))).toMatchObject({ letter: 'B', state: 'bad' })
    expect(commit(withHeader(other, pgpArmour))).toMatchObject({ letter: 'B', state: 'bad' })
  })

  test('two signature headers, of one name or of two, are never good', () => {
    expect(commit(withHeader(signed.ssh, sshArmour))).toMatchObject({ letter: 'E', state: 'not-evaluated' })
    expect(commit(withHeader(signed.ssh, sshArmour, 'gpgsig-sha256'))).toMatchObject({ letter: 'E' })
    expect(commit(withHeader(signed.openpgp, sshArmour, 'gpgsig-sha256'))).toMatchObject({ letter: 'E' })
    expect(commit(withHeader(payload, sshArmour, 'gpgsig-sha256'))).toMatchObject({ letter: 'E' })
    expect(commit(withHeader(payload, sshArmour, 'gpgsigs'))).toMatchObject({ letter: 'E' })
  })

  test('text behind the armour, before it, or with carriage returns is never good', () => {
    for (const made of [sshArmour, pgpArmour])
      for (const changed of [`${made}x`, `x${made}`, ` ${made}`, `${made}${made}`, made.replaceAll('\n', '\r\n')])
        expect(commit(withHeader(payload, changed)).letter, JSON.stringify(changed.slice(0, 40))).not.toBe('G')
  })

  test('a proof of OpenTimestamps behind the armour is left out; a number may be as long as its bytes', () => {
    const proof = '-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAAE=\n\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n'
    expect(commit(withHeader(payload, pgpArmour + proof)).letter).toBe('G')
    expect(commit(withHeader(payload, pgpArmour + proof + proof)).letter).toBe('E')
    // As GitHub writes them: the count of bits of the modulus, whatever the number.
    const data = rsaKey.signPacket(Buffer.from(payload), { at })
    data.writeUInt16BE(2048, data.length - 256 - 2)
    if (data.length - 6 === 6 + 256) expect(commit(withHeader(payload, armour(data, 'PGP SIGNATURE'))).letter).toBe('G')
  })

  test('a signature in a message, in a merged tag or behind the header is none', () => {
    expect(commit(`${payload}\n${sshArmour}`).state).toBe('unsigned')
    const quoted = `mergetag object 1\n ${sshArmour.split('\n').join('\n ')}`
    expect(commit(payload.replace('\n\n', `\n${quoted}\n\n`)).state).toBe('unsigned')
  })

  test('a tag is good by the signature at its end, and by no other', () => {
    const tag = (body: string) => settled(verify(readSignedTag(Buffer.from(body))))
    const text = `object ${'0'.repeat(40)}\ntype commit\ntag v1\ntagger A <a@b> ${at} +0000\n\nv1\n`
    const made = sshKey.sign(Buffer.from(text))
    expect(tag(text + made)).toMatchObject({ letter: 'G', signer: 'a@b' })
    expect(tag(text + pgpKey.sign(Buffer.from(text), { at }))).toMatchObject({ letter: 'G' })
    expect(tag(text)).toMatchObject({ letter: 'N', state: 'unsigned' })
    expect(tag(text.replace('tag v1', 'tag v2') + made).letter).not.toBe('G')
    expect(tag(`${text}more\n${made}`).letter).not.toBe('G')
    expect(tag(text + made + made).letter).not.toBe('G')
    expect(tag(withHeader(text, made) + made).letter).not.toBe('G')
  })
})

describe('keys and numbers that are none', () => {
  const blob = Buffer.from(sshKey.line.split(' ')[1] ?? '', 'base64')

  test('SSH keys on odd curves, of the wrong length, or off their curve are malformed, others are not evaluated', () => {
    const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)])
    const of = (...parts: (string | Buffer)[]) => readSshKey(Buffer.concat(parts.map(framed))).is
    expect(of('ecdsa-sha2-nistp256', 'nistp192', point)).toBe('malformed')
    expect(of('ecdsa-sha2-nistp256', 'nistp384', point)).toBe('malformed')
    expect(of('ecdsa-sha2-nistp256', 'nistp256', point)).toBe('malformed')
    expect(of('ecdsa-sha2-nistp256', 'nistp256', point.subarray(0, 33))).toBe('malformed')
    expect(of('ssh-ed25519', Buffer.alloc(31))).toBe('malformed')
    expect(of('ssh-ed25519', Buffer.alloc(32), 'more')).toBe('malformed')
    expect(of('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(64, 0x7f))).toBe('malformed')
    expect(of('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(5000, 0x7f))).toBe('malformed')
    expect(of('ssh-rsa', Buffer.alloc(300, 1), Buffer.alloc(256, 0x7f))).toBe('malformed')
    expect(of('ecdsa-sha2-nistp192', 'nistp192', point)).toBe('other')
    expect(of('ssh-dss', Buffer.alloc(20))).toBe('other')
    expect(of('ssh-ed25519-cert-v01@openssh.com', Buffer.alloc(32))).toBe('other')
    expect(readSshKey(Buffer.from([0, 0, 0, 200, 1])).is).toBe('malformed')
  })

  test('an SSH certificate is said to be one, not verified', () => {
    const certificate = Buffer.concat([framed('ssh-ed25519-cert-v01@openssh.com'), blob])
    const inner = Buffer.concat([framed('ssh-ed25519'), framed(Buffer.alloc(64))])
    const seen = commit(withHeader(payload, sshArmoured(sshsig(certificate, 'git', 'sha512', inner))))
    expect(seen).toMatchObject({ letter: 'E', state: 'not-evaluated', detail: 'by an SSH certificate' })
  })

  test('wrong algorithms, hashes and lengths inside a signature are never good', () => {
    for (const [hash, inner] of [
      ['md5', Buffer.concat([framed('ssh-ed25519'), framed(Buffer.alloc(64))])],
      ['sha512', Buffer.concat([framed('ssh-rsa'), framed(Buffer.alloc(64))])],
      ['sha512', Buffer.concat([framed('ssh-ed25519'), framed(Buffer.alloc(63))])],
      ['sha512', Buffer.concat([framed('ssh-ed25519'), framed(Buffer.alloc(64)), Buffer.from([1])])],
      ['sha512', framed('ssh-ed25519')],
      ['sha512', Buffer.alloc(0)],
    ] as const)
      expect(commit(withHeader(payload, sshArmoured(sshsig(blob, 'git', hash, inner)))).letter).toBe('B')
  })

  test('a huge signature is named, not read', () => {
    const huge = `-----BEGIN PGP SIGNATURE-----\n\n${`${'A'.repeat(64)}\n`.repeat(longestSignature / 32)}-----END PGP SIGNATURE-----\n`
    expect(commit(withHeader(payload, huge))).toMatchObject({ state: 'not-evaluated', detail: 'longer than 64 KiB' })
  })

  test('packets in packets, wrong lengths and old versions are never good', () => {
    const data = pgpKey.signPacket(Buffer.from(payload), { at })
    const body = data.subarray(6)
    const odd = [
      packet(8, Buffer.concat([Buffer.from([0]), data])),
      packet(2, data),
      Buffer.concat([data, data]),
      data.subarray(0, -1),
      Buffer.concat([data, Buffer.from([0])]),
      Buffer.concat([Buffer.from([0xc2, 0xe1]), body]),
      packet(2, Buffer.concat([Buffer.from([3]), body.subarray(1)])),
      packet(2, Buffer.concat([Buffer.from([5]), body.subarray(1)])),
      packet(2, Buffer.concat([body, Buffer.from([0])])),
      packet(2, body.subarray(0, 20)),
      Buffer.from([0x88, 200]),
      pgpKey.signPacket(Buffer.from(payload), { at, type: 1 }),
      pgpKey.signPacket(Buffer.from(payload), { at, critical: 99 }),
      pgpKey.signPacket(Buffer.from(payload), { at: at - 10 * 86_400 }),
    ]
    for (const bytes of odd) expect(commit(withHeader(payload, armour(bytes, 'PGP SIGNATURE'))).letter).not.toBe('G')
  })

  test('a signature that names the key of the forge is the forge’s only with its key', () => {
    const forged = Buffer.from('4aee18f83afdeb23', 'hex')
    const body = Buffer.from(rsaKey.signPacket(Buffer.from(payload), { at }).subarray(6))
    // Issuer by key id alone, in the part that nobody signs.
    const hashed = Buffer.from([5, 2, 0, 0, 0, 0])
    hashed.writeUInt32BE(at, 2)
    const sizes = [body[6 + body.readUInt16BE(4)], body.readUInt16BE(4)]
    expect(sizes).toBeDefined()
    const end = 6 + body.readUInt16BE(4)
    const values = body.subarray(end + 2 + body.readUInt16BE(end))
    const made = Buffer.concat([
      body.subarray(0, 4),
      Buffer.from([0, hashed.length]),
      hashed,
      Buffer.from([0, 10, 9, 16]),
      forged,
      values,
    ])
    expect(commit(withHeader(payload, armour(packet(2, made), 'PGP SIGNATURE')))).toEqual({
      form: 'openpgp',
      letter: 'E',
      state: 'forge-unknown',
      keyId: '4AEE18F83AFDEB23',
      signer: 'GitHub',
    })
  })
})

describe('whatever the bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 400 }).map(b => Buffer.from(b))
  const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }))
  const runs = { numRuns: 400 }

  test('no reader throws', () => {
    fc.assert(
      fc.property(bytes, b => {
        readPackets(b)
        readKeyring(readKeyFile(b) ?? [])
        readPgpSignature(b)
        readSshKey(b)
        readRevokedKeys(b)
        expect(commit(b).letter).not.toBe('G')
        settled(verify(readSignedTag(b)))
      }),
      runs,
    )
  })

  test('nor for packets that begin well', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 6, 13, 14, 17), bytes, fc.nat(5), (tag, b, version) => {
        const body = Buffer.concat([Buffer.from([version]), b])
        readKeyring(readPackets(Buffer.concat([pgpKey.certificate, packet(tag, body)])) ?? [])
        expect(commit(withHeader(payload, armour(packet(tag, body), 'PGP SIGNATURE'))).letter).not.toBe('G')
      }),
      runs,
    )
  })

  test('nor for texts', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        readAllowedSigners(`${a}\n${b} ${sshKey.line}`)
        readSshSignature(`-----BEGIN SSH SIGNATURE-----\n${a}\n-----END SSH SIGNATURE-----`)
        readArmour(`-----BEGIN PGP SIGNATURE-----\n${a}\n\n${b}\n-----END PGP SIGNATURE-----`, 'PGP SIGNATURE')
        expect(commit(withHeader(payload, `-----BEGIN SSH SIGNATURE-----\n${a}`)).letter).not.toBe('G')
        expect(commit(`${a}\ngpgsig ${b}\n\n`).letter).not.toBe('G')
      }),
      runs,
    )
  })

  test('parts of a signature in another order are never good', () => {
    const lines = signed.ssh.split('\n')
    fc.assert(
      fc.property(fc.shuffledSubarray(lines), some => {
        fc.pre(some.join('\n') !== signed.ssh)
        expect(commit(some.join('\n')).letter).not.toBe('G')
      }),
      runs,
    )
  })
})
