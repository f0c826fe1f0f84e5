import { code, md, table } from './marked.ts'
import { mermaidOf } from './network-mermaid.ts'
import { besides, fromOutside, networkFindings, networkWords, sayTopology } from './network-words.ts'
import { placeOf, whereOf } from './reading.ts'
import type { Report, ReportTopology } from './report.ts'

type Block = readonly string[]

/** Longer sets are told as a table alone: nobody reads a picture of a hundred boxes. */
const most = { sets: 10, pictured: 40, services: 200 }

/** The networks as a section of a document, under headings of a level (`#`, `##`). */
export function* networkBlocks(report: Report, level: string): Iterable<Block> {
  const topologies = report.networks ?? []
  for (const topology of topologies.slice(0, most.sets)) yield* one(topology, level)
  if (topologies.length > most.sets)
    yield [md`${topologies.length - most.sets} more deployments stand in the JSON report.`.md]
}

function* one(topology: ReportTopology, level: string): Iterable<Block> {
  const services = fromOutside(topology.services)
  yield [`${level} ${md`${code(topology.name)}`.md}`]
  yield [`${sayTopology(topology)}.`]
  if (services.length <= most.pictured) yield ['```mermaid', ...mermaidOf(topology).trimEnd().split('\n'), '```']
  yield table(
    ['Service', 'What it is', 'Networks', 'Reached on'],
    services
      .slice(0, most.services)
      .map(service => [
        code(service.name),
        service.role ?? '–',
        service.networks.length === 0 ? '–' : service.networks.join(', '),
        besides(service) === '' ? '–' : besides(service),
      ]),
  )
  if (services.length > most.services)
    yield [md`${services.length - most.services} more services stand in the JSON report.`.md]
  if (topology.networks.length > 0)
    yield table(
      ['Network', 'Kind', 'Services'],
      topology.networks.map(({ name, is, isolatesMembers }) => [
        code(name),
        isolatesMembers ? `${networkWords[is]}, members cannot reach each other` : networkWords[is],
        services.filter(service => service.networks.includes(name)).length,
      ]),
      ['left', 'left', 'right'],
    )
}

/** A document of its own: what `iip-audit network --format markdown` writes. */
export const networkMarkdown = (report: Report): string => {
  const blocks: Block[] = [[md`# Networks of ${report.target.path}`.md]]
  if ((report.networks ?? []).length === 0) blocks.push(['No Compose file says what is deployed.'])
  blocks.push(...networkBlocks(report, '##'))
  const { all } = networkFindings(report)
  if (all.length > 0)
    blocks.push(
      ['## Findings'],
      table(
        ['', 'What', 'Where', 'Check'],
        all.map(f => [
          f.verdict === 'violates' ? f.severity : 'not judged',
          f.message,
          code(whereOf(placeOf(f))),
          code(f.check),
        ]),
      ),
    )
  if (report.gaps.length > 0)
    blocks.push(
      ['## What could not be seen'],
      report.gaps.map(gap => md`- ${code(whereOf(placeOf(gap)))}: ${gap.reason}`.md),
    )
  return `${blocks.map(block => block.join('\n')).join('\n\n')}\n`
}
