import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Check } from '../../src/check.ts'
import { check as certificateHolds } from '../../src/checks/tls/tls-endpoint-certificate-holds.ts'
import { check as floor } from '../../src/checks/tls/tls-endpoint-floor.ts'
import { check as sendsHsts } from '../../src/checks/tls/tls-endpoint-sends-hsts.ts'
import { collector } from '../../src/collect/tls.ts'
import { judge } from '../../src/judge.ts'
import { memoryWorkspace } from '../../src/workspace/memory.ts'
import { netEndpoints } from '../../src/workspace/tls.ts'
import type { EndpointSeen, Read } from '../../src/workspace/workspace.ts'

/** Real servers on the loopback interface, with certificates made here. */

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const nginxVersion = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')
const hasNginx = nginxVersion !== null
const nginxDecidesBySocket = Number(nginxVersion?.[1]) === 1 && Number(nginxVersion?.[2]) < 29
const today = new Date().toISOString().slice(0, 10)
const folder = mkdtempSync(join(tmpdir(), 'iip-audit-tls-'))
const at = (name: string): string => join(folder, name)
const pem = (name: string): string => readFileSync(at(name), 'utf8')
const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}
const running: { close(): unknown }[] = []

interface Wanted {
  readonly key?: readonly string[]
  readonly names?: string
  readonly notBefore?: string
  readonly notAfter?: string
  readonly digest?: string
  readonly issuer?: string
}

const stamp = (days: number): string =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`

/** A certificate for `localhost` under the test's own root, unless said otherwise. */
const issue = (name: string, wanted: Wanted = {}): void => {
  const { key = ['rsa:2048'], names = 'DNS:localhost,IP:127.0.0.1', digest = 'sha256', issuer = 'root' } = wanted
  openssl('req', '-newkey', ...key, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`)
  writeFileSync(at('index.txt'), '')
  writeFileSync(
    at('ca.cnf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n',
  )
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-create_serial',
    '-notext',
    '-md',
    digest,
    '-cert',
    `${issuer}.crt`,
    '-keyfile',
    `${issuer}.key`,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.crt`,
    '-extfile',
    `${name}.ext`,
    '-startdate',
    wanted.notBefore ?? stamp(-30),
    '-enddate',
    wanted.notAfter ?? stamp(300),
  )
}

const port = (server: Server): number => (server.address() as AddressInfo).port
const listen = (server: Server): Promise<number> =>
  new Promise(resolve => {
    running.push(server)
    server.listen(0, '127.0.0.1', () => resolve(port(server)))
  })

const ok =
  'HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000; includeSubDomains\r\nContent-Length: 0\r\n\r\n'

const tlsServer = (certificate: string, options: TlsOptions = {}, response = ok): Promise<number> => {
  const server = createTlsServer(
    { key: pem(`${certificate}.key`), cert: pem(`${certificate}.crt`), ...options },
    socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(response))
    },
  )
  server.on('tlsClientError', () => {})
  return listen(server)
}

const tcpServer = (talk: (socket: Socket) => void): Promise<number> =>
  listen(
    createTcpServer(socket => {
      socket.on('error', () => {})
      talk(socket)
    }),
  )

const probe = (
  host: string,
  on: number,
  roots: readonly string[] = [],
  signal = new AbortController().signal,
): Promise<Read<EndpointSeen>> =>
  netEndpoints(signal).probe({ host, port: on, by: host === 'localhost' ? 'name' : 'address' }, roots)

const words = async (host: string, on: number): Promise<string> => {
  const seen = await probe(host, on)
  if (!seen.ok) return seen.refusal.reason
  return Object.entries(seen.value.versions)
    .map(([version, answer]) => `${version} ${answer.is}`)
    .join(', ')
}

/** What a person is told about one endpoint, from the socket to the judgement. */
const told = async (
  check: Check,
  endpoint: string,
  options: { asOf?: string; ca?: string } = {},
): Promise<string[]> => {
  const bound = check.bind({})
  if (!bound.ok) throw new Error(bound.expected)
  const asOf = options.asOf ?? today
  const signal = new AbortController().signal
  const workspace = {
    ...memoryWorkspace({ files: {}, outside: { 'root.pem': pem('root.crt') } }),
    endpoints: netEndpoints(signal),
  }
  const inputs = {
    endpoints: [endpoint],
    ca: options.ca === undefined ? ['root.pem'] : [],
    ciLogs: [],
    reports: [],
    asOf,
  }
  const { answers } = await collector({ workspace, inputs, signal, isSample: () => false }).collect(bound.use.questions)
  const judged = judge(bound.use, answers, { asOf, isSample: () => false, waiverFor: () => undefined })
  return [
    ...judged.subjects.map(subject =>
      `${subject.verdict}: ${subject.message}`.replaceAll(/localhost:\d+/g, 'localhost'),
    ),
    ...judged.gaps.map(gap => `${gap.cause}: ${gap.reason}`),
  ]
}

beforeAll(() => {
  if (!hasOpenssl) return
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'root.key',
    '-out',
    'root.crt',
    '-subj',
    '/CN=Test Root',
    '-days',
    '3650',
  )
  issue('good')
  issue('elliptic', { key: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] })
  issue('expired', { notBefore: stamp(-60), notAfter: stamp(-3) })
  issue('soon', { notAfter: stamp(5) })
  issue('future', { notBefore: stamp(10) })
  issue('other', { names: 'DNS:other.example' })
  issue('weak', { key: ['rsa:1024'] })
  issue('old', { digest: 'sha1' })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'self.key',
    '-out',
    'self.crt',
    '-subj',
    '/CN=localhost',
    '-days',
    '30',
    '-addext',
    'subjectAltName=DNS:localhost',
  )
  writeFileSync(
    at('evil.cnf'),
    '[req]\ndistinguished_name=d\nprompt=no\nutf8=yes\nx509_extensions=e\n[d]\nCN=a\\x\n[e]\nsubjectAltName=DNS:localhost\n',
  )
}, 60_000)

afterAll(async () => {
  for (const one of running) one.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!hasOpenssl)('versions (needs openssl)', () => {
  test('a server for TLS 1.3 alone refuses the older ones by alert', async () => {
    expect(await told(floor, `localhost:${await tlsServer('good', { minVersion: 'TLSv1.3' })}`)).toEqual([
      'conforms: takes TLS 1.3; refuses SSL 3 (alert handshake_failure), TLS 1.0 (alert protocol_version), TLS 1.1 (alert protocol_version), TLS 1.2 (alert protocol_version)',
    ])
  })

  test('a server for TLS 1.2 alone is seen, and answers a hello for 1.3 with an alert', async () => {
    expect(await told(floor, `localhost:${await tlsServer('good', { maxVersion: 'TLSv1.2' })}`)).toEqual([
      'violates: localhost takes TLS 1.2; the floor is TLS 1.3',
    ])
  })

  test('a server that still takes TLS 1.0 and 1.1 is found, whatever this machine would offer itself', async () => {
    const on = await tlsServer('good', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' })
    expect(await told(floor, `localhost:${on}`)).toEqual([
      'violates: localhost takes TLS 1.0, TLS 1.1 and TLS 1.2; the floor is TLS 1.3',
    ])
    expect(await words('127.0.0.1', on)).toBe(
      'SSL 3 refused, TLS 1.0 accepted, TLS 1.1 accepted, TLS 1.2 accepted, TLS 1.3 accepted',
    )
  })

  test('a server with an elliptic key and one suite is asked with a suite it has', async () => {
    const on = await tlsServer('elliptic', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-CCM8:@SECLEVEL=0' })
    expect(await words('localhost', on)).toContain('TLS 1.2 accepted')
  })

  test('a server that wants a client certificate still shows its versions', async () => {
    const on = await tlsServer('good', { requestCert: true, rejectUnauthorized: true })
    expect(await words('localhost', on)).toBe(
      'SSL 3 refused, TLS 1.0 refused, TLS 1.1 refused, TLS 1.2 accepted, TLS 1.3 accepted',
    )
  })
})

/** A ServerHello of SSL 3 with an RC4 suite, as no library of today would send it. */
const ssl3Hello = Buffer.from(`16030000 2a 02000026 0300 ${'11'.repeat(32)} 00 0004 00`.replaceAll(' ', ''), 'hex')

describe('servers that are not what they should be', () => {
  test('SSL 3 is found on a server that speaks nothing else', async () => {
    const on = await tcpServer(socket => socket.once('data', () => socket.write(ssl3Hello)))
    const seen = await probe('localhost', on)
    expect(seen.ok && seen.value.versions['SSL 3']).toEqual({ is: 'accepted' })
    expect(seen.ok && seen.value.versions['TLS 1.2']).toEqual({ is: 'refused', by: 'SSL 3' })
    expect(await told(floor, `localhost:${on}`)).toEqual(['violates: localhost takes SSL 3; the floor is TLS 1.3'])
  }, 20_000)

  test('an answer that comes byte by byte is read, if it comes in time', async () => {
    const on = await tcpServer(socket =>
      socket.once('data', () => {
        let sent = 0
        const timer = setInterval(() => {
          socket.write(ssl3Hello.subarray(sent, ++sent))
          if (sent >= ssl3Hello.length) clearInterval(timer)
        }, 5)
        socket.on('close', () => clearInterval(timer))
      }),
    )
    const seen = await probe('localhost', on)
    expect(seen.ok && seen.value.versions['SSL 3']).toEqual({ is: 'accepted' })
  }, 20_000)

  test('a server that is silent, or too slow, is no pass: nothing is known', async () => {
    const silent = await tcpServer(() => {})
    const slow = await tcpServer(socket => {
      const timer = setInterval(() => socket.write('\u0016'), 500)
      socket.on('close', () => clearInterval(timer))
    })
    const before = Date.now()
    const [one, two] = await Promise.all([told(floor, `localhost:${silent}`), told(floor, `localhost:${slow}`)])
    expect(one).toEqual(['unreadable: no version of TLS could be agreed on: no answer within 3 s'])
    expect(two).toEqual(['unreadable: no version of TLS could be agreed on: it speaks something other than TLS'])
    expect(Date.now() - before).toBeLessThan(15_500)
  }, 20_000)

  test('one that closes at once has not refused', async () => {
    const on = await tcpServer(socket => socket.destroy())
    expect(await told(floor, `localhost:${on}`)).toEqual([
      'unreadable: no version of TLS could be agreed on: it closed the connection without an alert',
    ])
  })

  test('other protocols are called by their name', async () => {
    const http = await tcpServer(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const ssh = await tcpServer(socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))
    const garbage = await tcpServer(socket => socket.write(Buffer.alloc(200_000, 0x1b)))
    const said = (speaks: string) => [`unreadable: no version of TLS could be agreed on: it speaks ${speaks}`]
    expect(await told(floor, `localhost:${http}`)).toEqual(said('plain HTTP'))
    expect(await told(certificateHolds, `localhost:${ssh}`)).toEqual(said('SSH'))
    expect(await told(sendsHsts, `localhost:${garbage}`)).toEqual(said('something other than TLS'))
  }, 20_000)

  test('a server that hangs up on old versions without an alert is unsure, not refused', async () => {
    const inner = hasOpenssl ? await tlsServer('good', { minVersion: 'TLSv1.3' }) : 0
    if (inner === 0) return
    const { connect } = await import('node:net')
    const on = await tcpServer(socket =>
      socket.once('data', (hello: Buffer) => {
        // supported_versions: only a hello for 1.3 carries it.
        if (!hello.includes(Buffer.from([0, 43, 0, 3, 2, 3, 4])) && !hello.includes(Buffer.from([3, 4, 3, 3]))) {
          socket.destroy()
          return
        }
        const through = connect({ host: '127.0.0.1', port: inner })
        through.on('error', () => socket.destroy())
        through.write(hello)
        socket.pipe(through).pipe(socket)
      }),
    )
    const [line] = await told(floor, `localhost:${on}`)
    expect(line).toMatch(/^unsure: whether it takes SSL 3, TLS 1\.0, TLS 1\.1 and TLS 1\.2 is not known: it closed/)
  })

  test('nobody there, no such name, no such place', async () => {
    const server = createTcpServer()
    const on = await listen(server)
    await new Promise(resolve => server.close(resolve))
    expect(await told(floor, `127.0.0.1:${on}`)).toEqual([
      'unreadable: the connection is refused: nothing listens on this port',
    ])
    expect(await told(floor, 'no-such-host.invalid:443')).toEqual([
      expect.stringMatching(/^unreadable: the name (does not resolve|was not resolved)/),
    ])
    expect(await told(floor, 'not a place')).toEqual(['unresolved: not a host and port, such as example.org:443'])
  })

  test('a run that is stopped stops the probe', async () => {
    const on = await tcpServer(() => {})
    const stop = new AbortController()
    const pending = probe('localhost', on, [], stop.signal)
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    const before = Date.now()
    await expect(pending).rejects.toThrow('stopped')
    expect(Date.now() - before).toBeLessThan(1500)
  })
})

describe.skipIf(!hasOpenssl)('certificates (needs openssl)', () => {
  const certificate = async (name: string, options: { asOf?: string; ca?: string } = {}): Promise<string[]> =>
    told(certificateHolds, `localhost:${await tlsServer(name, { ciphers: 'DEFAULT:@SECLEVEL=0' })}`, options)

  test('one that holds says for whom, until when and with what', async () => {
    expect(await certificate('good')).toEqual([
      expect.stringMatching(
        /^conforms: for localhost, issued by "Test Root", trusted, with roots given for this run, valid until \d{4}-\d\d-\d\d \(\d+ days left\), rsa 2048, sha256 with RSA$/,
      ),
    ])
    expect(await certificate('elliptic')).toEqual([expect.stringContaining('ec 256, sha256 with RSA')])
  })

  test('an expired one is expired by its own date', async () => {
    expect(await certificate('expired')).toEqual([
      `violates: the certificate of localhost expired on ${new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)}`,
    ])
  })

  test('one that is good today is not good on a later day', async () => {
    const later = new Date(Date.now() + 400 * 86_400_000).toISOString().slice(0, 10)
    expect(await certificate('good', { asOf: later })).toEqual([expect.stringMatching(/^violates: .* expired on/)])
  })

  test('one that ends soon is named with its days', async () => {
    expect(await certificate('soon')).toEqual([
      expect.stringMatching(/^violates: the certificate of localhost ends in [45] days, on/),
    ])
  })

  test('not yet valid, for another name, signed by itself, without a known root, weak', async () => {
    expect(await certificate('future')).toEqual([expect.stringMatching(/^violates: .* is valid only from/)])
    expect(await certificate('other')).toEqual([
      'violates: the certificate of localhost is not for localhost: it names other.example',
    ])
    expect(await certificate('self')).toEqual([
      'violates: the certificate of localhost is signed by itself; issued by "localhost"',
    ])
    expect(await certificate('good', { ca: '' })).toEqual([
      'violates: the certificate of localhost leads to no trusted root: an intermediate is missing, or its root must be given; issued by "Test Root"',
    ])
    expect(await certificate('weak')).toEqual(['violates: the certificate of localhost has an RSA key of 1024 bits'])
    expect(await certificate('old')).toEqual(['violates: the certificate of localhost is signed with sha1 with RSA'])
  })

  test('an address is compared with the addresses of the certificate, without a server name', async () => {
    const on = await tlsServer('good', { SNICallback: (_name, done) => done(new Error('no names here')) })
    expect(await told(certificateHolds, `127.0.0.1:${on}`)).toEqual([
      expect.stringMatching(/^conforms: for 127\.0\.0\.1,/),
    ])
    expect(await told(certificateHolds, `127.0.0.1:${await tlsServer('other')}`)).toEqual([
      expect.stringContaining('is not for 127.0.0.1: it names other.example'),
    ])
  })

  test('names with escape sequences are shown without them', async () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'evil.key',
      '-out',
      'evil.crt',
      '-utf8',
      '-subj',
      '/CN=\u001b[31mred\u202e',
      '-days',
      '30',
    )
    const seen = await probe('localhost', await tlsServer('evil'))
    expect(seen.ok && seen.value.session.ok && seen.value.session.value.chain[0]?.subject).toBe('\\1B[31mred\u{fffd}')
  })
})

describe.skipIf(!hasOpenssl)('Strict-Transport-Security (needs openssl)', () => {
  const hsts = async (response: string): Promise<string[]> =>
    told(sendsHsts, `localhost:${await tlsServer('good', {}, response)}`)
  const field = (value: string): string => `HTTP/1.1 200 OK\r\nStrict-Transport-Security: ${value}\r\n\r\n`

  test('long enough, too short, taken back, malformed, missing', async () => {
    expect(await hsts(ok)).toEqual([
      'conforms: status 200, Strict-Transport-Security: max-age=63072000; includeSubDomains',
    ])
    expect(await hsts(field('max-age="31536000"'))).toEqual([
      'conforms: status 200, Strict-Transport-Security: max-age="31536000"',
    ])
    expect(await hsts(field('max-age=86400'))).toEqual([
      'violates: localhost sends Strict-Transport-Security for 1 day; 365 days are asked',
    ])
    expect(await hsts(field('max-age=0'))).toEqual([
      'violates: localhost tells browsers to forget Strict-Transport-Security: max-age=0',
    ])
    expect(await hsts(field('max-age=1; max-age=31536000'))).toEqual([expect.stringContaining('that browsers ignore')])
    expect(await hsts('HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n')).toEqual([
      'violates: localhost answers / with 404, an error page, and no Strict-Transport-Security',
    ])
  })

  test('an interim response is not the response, and a body is not a header', async () => {
    expect(await hsts(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`)).toEqual([
      expect.stringMatching(/^conforms/),
    ])
    expect(await hsts('HTTP/1.1 200 OK\r\n\r\nStrict-Transport-Security: max-age=63072000\r\n\r\n')).toEqual([
      'violates: localhost answers / with 200 and no Strict-Transport-Security',
    ])
  })

  test('no HTTP, no response, too long a response', async () => {
    expect(await hsts('LDAP says no\r\n')).toEqual(['exempt: it answers a GET with something other than HTTP'])
    expect(await hsts('')).toEqual(['unreadable: it closed the connection without an HTTP response'])
    expect(await hsts(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n`)).toEqual([
      'unreadable: the response headers are longer than 16 KiB',
    ])
    expect(await told(sendsHsts, `127.0.0.1:${await tlsServer('good')}`)).toEqual([
      'exempt: an address: browsers keep Strict-Transport-Security for names',
    ])
  })
})

describe.skipIf(!hasOpenssl || !hasNginx)('nginx (needs nginx and openssl)', () => {
  let on = 0
  beforeAll(async () => {
    const holder = createTcpServer()
    on = await new Promise<number>(resolve => holder.listen(0, '127.0.0.1', () => resolve(port(holder))))
    await new Promise(resolve => holder.close(resolve))
    writeFileSync(
      at('nginx.conf'),
      `daemon off; pid ${folder}/nginx.pid; error_log stderr crit; events {}
       http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
         uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
         ssl_certificate ${folder}/good.crt; ssl_certificate_key ${folder}/good.key;
         server { listen 127.0.0.1:${on} ssl; server_name first; ssl_protocols TLSv1.2 TLSv1.3;
           add_header Strict-Transport-Security "max-age=63072000" always; location / { return 404; } }
         server { listen 127.0.0.1:${on} ssl; server_name localhost; ssl_protocols TLSv1.3; location / { return 200; } } }`,
    )
    const nginx = spawn('nginx', ['-p', folder, '-c', at('nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' })
    running.push({ close: () => nginx.kill('SIGQUIT') })
    for (let tries = 0; tries < 50; tries++) {
      const seen = await probe('127.0.0.1', on)
      if (seen.ok) break
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }, 20_000)

  test('what a strict server block means is what the default server of its socket lets in', async () => {
    expect(await told(floor, `localhost:${on}`)).toEqual([
      // Since 1.29.2 nginx lets each server decide ("now the ssl_protocols directive works in a virtual server").
      nginxDecidesBySocket
        ? 'violates: localhost takes TLS 1.2; the floor is TLS 1.3'
        : expect.stringMatching(/^conforms/),
    ])
    expect(await told(sendsHsts, `localhost:${on}`)).toEqual([
      'violates: localhost answers / with 200 and no Strict-Transport-Security',
    ])
    expect(await told(certificateHolds, `localhost:${on}`)).toEqual([expect.stringMatching(/^conforms/)])
  })
})
