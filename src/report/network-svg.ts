import {
  besides,
  fromOutside,
  isReachable,
  type NetworkFindings,
  networkWords,
  portGroups,
  sayTopology,
} from './network-words.ts'
import type { ReportService, ReportTopology } from './report.ts'
import { visible } from './visible.ts'
import { cut } from './width.ts'

/**
 * One set as a picture: services as boxes from the outside in, networks as lines they are joined to. No script, no
 * reference to anything outside, and every name escaped. Measures in CSS pixels.
 */
const box = { width: 200, height: 40, gap: 14 }
const column = 104
const margin = { left: 190, top: 118, right: 30, bottom: 54 }

export const svgOf = (topology: ReportTopology, findings: NetworkFindings): string => {
  const services = fromOutside(topology.services)
  const rows = new Map(services.map((one, i) => [one.name, margin.top + i * (box.height + box.gap)]))
  const first = margin.left + box.width + 70
  const columns = new Map(topology.networks.map(({ name }, i) => [name, first + i * column]))
  const width = Math.max(first + topology.networks.length * column - column + 60, 620) + margin.right
  const height = margin.top + services.length * (box.height + box.gap) + margin.bottom
  const parts: string[] = []

  for (const { name, is } of topology.networks) {
    const x = columns.get(name) ?? 0
    const members = services
      .filter(one => one.networks.includes(name))
      .map(one => (rows.get(one.name) ?? 0) + box.height / 2)
    const bottom = Math.max(...members)
    parts.push(
      `<g class="net ${is}"><title>${xml(`network ${name}: ${networkWords[is]}`)}</title>`,
      `<text class="name" x="${x}" y="${margin.top - 40}" text-anchor="middle">${xml(cut(visible(name), 14))}</text>`,
      `<text class="kind" x="${x}" y="${margin.top - 24}" text-anchor="middle">${networkWords[is]}</text>`,
      ...(members.length === 0 ? [] : [`<path class="wire" d="M${x} ${margin.top - 14}V${bottom}"/>`]),
      '</g>',
    )
  }
  for (const service of services) {
    const y = rows.get(service.name) ?? 0
    const middle = y + box.height / 2
    const joined = service.networks.map(name => columns.get(name) ?? 0).sort((a, b) => a - b)
    const last = joined.at(-1)
    const isBad = findings.of(service).length > 0
    parts.push(`<g class="service ${roleClass(service)}${isBad ? ' bad' : ''}">`)
    parts.push(
      `<title>${xml([service.name, service.image, service.because, besides(service), ...findings.of(service).map(f => f.message)].filter(one => one !== undefined && one !== '').join(' · '))}</title>`,
    )
    if (last !== undefined) parts.push(`<path class="tap" d="M${margin.left + box.width} ${middle}H${last}"/>`)
    for (const x of joined) parts.push(`<circle class="dot" cx="${x}" cy="${middle}" r="5"/>`)
    const dashed = service.shares === undefined && service.attached === 'networks' ? '' : ' dashed'
    parts.push(
      `<rect class="box${dashed}" x="${margin.left}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>`,
      `<text class="name" x="${margin.left + 12}" y="${y + (service.role === undefined && dashed === '' ? 25 : 18)}">${xml(cut(visible(service.name), 24))}</text>`,
    )
    const under = dashed === '' ? (service.role ?? '') : cut(visible(placeless(service)), 34)
    if (under !== '') parts.push(`<text class="kind" x="${margin.left + 12}" y="${y + 33}">${xml(under)}</text>`)
    if (isBad) parts.push(`<text class="cross" x="${margin.left + box.width - 20}" y="${y + 26}">✗</text>`)
    for (const [i, { text, reach }] of portGroups(service).slice(0, 2).entries()) {
      const at = middle + i * 16 - (portGroups(service).length > 1 ? 8 : 0)
      const open = reach === 'every interface' || reach === 'address'
      parts.push(
        `<text class="port ${open ? 'open' : 'shut'}" x="${margin.left - 30}" y="${at + 4}" text-anchor="end">${xml(cut(visible(text.replace(' on every interface', '').replace('an address only deploy time knows', '?')), 24))}</text>`,
      )
    }
    if (isReachable(service))
      parts.push(`<path class="arrow" d="M${margin.left - 24} ${middle}H${margin.left - 8}m-6 -5l6 5l-6 5"/>`)
    parts.push('</g>')
  }
  const title = xml(`Networks of ${visible(topology.name)}`)
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t d">`,
    `<title id="t">${title}</title>`,
    `<desc id="d">${xml(sayTopology(topology))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="20" y="32">${xml(cut(visible(topology.name), Math.floor(width / 10)))}</text>`,
    `<text class="sum" x="20" y="52">${xml(sayTopology(topology))}</text>`,
    ...(services.some(isReachable)
      ? [`<text class="sum" x="${margin.left - 30}" y="${margin.top - 24}" text-anchor="end">from outside →</text>`]
      : []),
    ...parts,
    `<text class="sum" x="20" y="${height - 20}">● on the network · → published beyond the host · grey: on loopback, or in vain · ✗ a finding</text>`,
    '</svg>',
  ].join('\n')}\n`
}

/** Where a service is that has no network of its own. */
const placeless = (service: ReportService): string => besides({ ...service, ports: [] })

const roleClass = ({ role }: ReportService): string => {
  if (role === 'reverse proxy' || role === 'tunnel') return 'edge'
  if (role === 'LLM runtime') return 'model'
  if (role === 'database' || role === 'cache' || role === 'message broker') return 'data'
  return role === undefined ? 'plain' : 'watch'
}

const style = [
  'text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1f2328}',
  '.page{fill:#fff}.title{font-size:17px;font-weight:600}.sum,.kind{font-size:11px;fill:#59636e}.net .name{font-weight:600}',
  '.box{fill:#f6f8fa;stroke:#8c959f}.dashed{stroke-dasharray:4 3}.edge .box{fill:#ddf4ff;stroke:#0969da}',
  '.data .box{fill:#fbefff;stroke:#8250df}.model .box{fill:#fff1e5;stroke:#bc4c00}.watch .box{fill:#f6f8fa;stroke:#57606a}',
  '.bad .box{stroke:#cf222e;stroke-width:2}.cross{fill:#cf222e;font-weight:700}',
  '.wire{fill:none;stroke-width:3;stroke:#bf8700}.internal .wire{stroke:#1a7f37}.internal .kind{fill:#1a7f37}.outside .kind{fill:#9a6700}',
  '.external .wire,.unknown .wire{stroke:#8c959f;stroke-dasharray:6 4}',
  '.tap{fill:none;stroke:#8c959f}.dot{fill:#1f2328}.arrow{fill:none;stroke:#cf222e;stroke-width:1.5}',
  '.port{font-size:11px}.open{fill:#cf222e}.shut{fill:#6e7781}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.sum,.kind{fill:#9198a1}.dot{fill:#e6edf3}' +
    '.box{fill:#161b22;stroke:#6e7681}.edge .box{fill:#0c2d6b;stroke:#58a6ff}.data .box{fill:#271052;stroke:#bc8cff}' +
    '.model .box{fill:#3d1300;stroke:#f0883e}.bad .box{stroke:#ff7b72}.cross,.open{fill:#ff7b72}.arrow{stroke:#ff7b72}}',
].join('')

/** Text for XML 1.0: what it forbids has become visible already. */
const xml = (text: string): string =>
  visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll(/[\u{fffe}\u{ffff}]/gu, '\u{fffd}')
