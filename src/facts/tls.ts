/** Versions of the protocol, oldest first. */
export type TlsVersionName = 'SSL 3' | 'TLS 1.0' | 'TLS 1.1' | 'TLS 1.2' | 'TLS 1.3'

/** What a server did when the version was the highest one offered; `because` is its own answer, or why there was none. */
export interface TlsVersionSeen {
  readonly version: TlsVersionName
  readonly answer: 'accepted' | 'refused' | 'unsure'
  /** `alert protocol_version`, `chose TLS 1.2`, `it closed the connection without an alert`; empty when accepted. */
  readonly because: string
}

/** One certificate of the chain a server sent. Texts are bounded and printable. */
export interface TlsCertificateSeen {
  readonly subject: string
  readonly issuer: string
  readonly names: readonly string[]
  /** RFC 3339 UTC, from the certificate (RFC 5280 §4.1.2.5). */
  readonly notBefore: string
  readonly notAfter: string
  readonly keyType: string
  /** Of the modulus or the curve; undefined where it is not known. */
  readonly keyBits: number | undefined
  /** `sha256 with RSA`. */
  readonly signature: string
  readonly selfIssued: boolean
  readonly sha256: string
}

/** Facts seen at TLS endpoints. */
export interface TlsFacts {
  'tls.endpoint': {
    readonly authority: string
    /** The address that was spoken to; a name may have others. */
    readonly address: string
    /** Oldest first. */
    readonly versions: readonly TlsVersionSeen[]
    /** Suite of the handshake that was finished, if one was. */
    readonly cipher: string | undefined
  }
  'tls.certificate': {
    readonly authority: string
    /** What the certificate was compared with: the name or address of the endpoint. */
    readonly host: string
    /** The server's own certificate first. */
    readonly chain: readonly TlsCertificateSeen[]
    /** OpenSSL's error code for the chain at the time of the handshake, or `trusted`. */
    readonly trust: string
    readonly nameMatches: boolean
    /** Of the roots given besides the well-known ones: how many files. */
    readonly extraRoots: number
  }
  'tls.hsts':
    | {
        readonly is: 'response'
        readonly authority: string
        readonly status: number
        /** The field as sent (at most 200 characters); undefined where it was not sent. */
        readonly value: string | undefined
        /** Seconds; undefined where the field has none, or names a directive twice (RFC 6797 §6.1). */
        readonly maxAge: number | undefined
        readonly includeSubDomains: boolean
      }
    /** Nothing a browser would keep such a field for; `because` says why. */
    | { readonly is: 'not for browsers'; readonly authority: string; readonly because: string }
}

export interface TlsQuestions {
  'tls.endpoint': Record<never, never>
  'tls.certificate': Record<never, never>
  'tls.hsts': Record<never, never>
}

export const tlsKinds = {
  'tls.endpoint': 'One TLS endpoint that was asked, and which versions of TLS it takes.',
  'tls.certificate': 'The certificate chain of one TLS endpoint, and whether it holds.',
  'tls.hsts': 'What one TLS endpoint tells browsers about coming back by TLS only.',
} as const satisfies Record<keyof TlsFacts, string>
