import { fromOutside, isReachable, networkWords, portGroups } from './network-words.ts'
import type { ReportService, ReportTopology } from './report.ts'
import { visible } from './visible.ts'

/**
 * A Mermaid flowchart (mermaid.js.org/syntax/flowchart.html) of one set: boxes are services, rounded nodes are networks.
 * Names stand in labels only, and there every character but letters, digits and a few signs as its number, so that no
 * name can end a label or say anything to Mermaid.
 */
export const mermaidOf = (topology: ReportTopology): string => {
  const services = fromOutside(topology.services)
  const lines = ['flowchart LR']
  const networkIds = new Map(topology.networks.map(({ name }, i) => [name, `n${i}`]))
  const classes = new Map<string, string[]>()
  const mark = (name: string, id: string): void => {
    classes.set(name, [...(classes.get(name) ?? []), id])
  }
  if (services.some(isReachable)) lines.push('  outside((outside))')
  if (services.some(one => one.attached === 'host')) lines.push("  host{{the host's network}}")
  for (const [i, { name, is }] of topology.networks.entries()) {
    lines.push(`  n${i}(["${label(name)}<br/><small>${networkWords[is]}</small>"])`)
    mark(is === 'internal' ? 'internal' : 'open', `n${i}`)
  }
  for (const [i, service] of services.entries()) {
    const kind = service.role === undefined ? '' : `<br/><small>${label(service.role)}</small>`
    lines.push(`  s${i}["${label(service.name)}${kind}"]`)
    const shape = classOf(service)
    if (shape !== undefined) mark(shape, `s${i}`)
  }
  for (const [i, service] of services.entries()) {
    for (const { text, reach } of portGroups(service))
      if (reach === 'every interface' || reach === 'address') lines.push(`  outside -->|"${label(text)}"| s${i}`)
    if (service.attached === 'host') lines.push(`  outside --> host`, `  host --- s${i}`)
    for (const name of service.networks) {
      const id = networkIds.get(name)
      if (id !== undefined) lines.push(`  s${i} --- ${id}`)
    }
  }
  for (const [name, style] of Object.entries(styles))
    if (classes.has(name))
      lines.push(`  classDef ${name} ${style}`, `  class ${(classes.get(name) ?? []).join(',')} ${name}`)
  return `${[...new Set(lines)].join('\n')}\n`
}

const styles: Readonly<Record<string, string>> = {
  internal: 'fill:#e3f4e8,stroke:#2f7d46,color:#14331e',
  open: 'fill:#fff3d6,stroke:#b07a00,color:#4a3300',
  edge: 'fill:#e1ecfa,stroke:#2b62a8,color:#12294a',
  data: 'fill:#f3e6f7,stroke:#7b3b91,color:#361541',
  model: 'fill:#fde5e0,stroke:#b2402a,color:#4d160c',
}

const classOf = ({ role }: ReportService): string | undefined => {
  if (role === 'reverse proxy' || role === 'tunnel') return 'edge'
  if (role === 'LLM runtime') return 'model'
  return role === 'database' || role === 'cache' || role === 'message broker' ? 'data' : undefined
}

const label = (text: string): string => {
  const shown = visible(text)
  const cut = shown.length > 60 ? `${shown.slice(0, 59)}…` : shown
  return cut.replaceAll(/[^A-Za-z0-9 ._/,:-]/gu, c => `#${c.codePointAt(0)};`)
}
