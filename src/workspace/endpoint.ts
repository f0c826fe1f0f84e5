import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { EndpointAt } from './workspace.ts'

/** `host:port`, `[::1]:port`; without a port 443. Names become ASCII (RFC 5891); no scheme, user or path. */
export const endpointOf = (written: string): EndpointAt | undefined => {
  const parts = /^(?:\[([0-9A-Fa-f:.]{2,60})\]|([^:/@\s[\]]{1,255}))(?::(\d{1,5}))?$/.exec(written.trim())
  if (!parts) return undefined
  const port = parts[3] === undefined ? 443 : Number(parts[3])
  const host = (parts[1] ?? domainToASCII(parts[2] ?? '').replace(/\.$/, '')).toLowerCase()
  if (port < 1 || port > 65_535 || host === '' || (parts[1] !== undefined && isIP(host) !== 6)) return undefined
  return { host, port, by: isIP(host) === 0 ? 'name' : 'address' }
}

/** As a person types it: `example.org:443`, `[::1]:443`. */
export const authorityOf = ({ host, port }: EndpointAt): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
