import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { masked } from '../parse/expression.ts'
import { type Command, constantOf, nodesOf, parseShell } from '../parse/shell.ts'
import type { Place } from '../place.ts'
import { actionOf, inputOf, numbered, placed, placeOf, type StepAt } from './pipeline-scan.ts'

type Version = PipelineFacts['pipeline.install']['version']

/** One tool as a command line names it. */
export interface Installed {
  readonly name: string
  readonly version: Version
}
export interface Installation {
  readonly by: string
  readonly tools: readonly Installed[]
}

/** What workflows install by name: one fact per command and version class that is worst in it. */
export const installsOf = (
  steps: readonly StepAt[],
  listed: (name: string) => boolean,
): readonly Fact<'pipeline.install'>[] => {
  const facts: Fact<'pipeline.install'>[] = []
  const add = (at: StepAt, by: string, name: string, version: Version, place: Place): void => {
    facts.push({
      kind: 'pipeline.install',
      id: `pipeline.install:${[at.uri, at.job?.id ?? '', at.step.label, by, name].filter(p => p !== '').join('/')}`,
      place,
      data: { workflow: at.uri, job: at.job?.id ?? '', by, name, version },
    })
  }
  for (const at of steps) {
    const tool = toolOf(at)
    if (tool && at.step.uses) add(at, tool.by, tool.name, tool.version, placeOf(at.file, at.step.uses))
    const { run } = at.step
    if (!run || !/\b(pip\d?|pipx|uvx?|npm|npx|pnpm|yarn|bunx|go|cargo|gem|dotnet|docker|podman)\b/.test(run.value))
      continue
    for (const node of nodesOf(parseShell(masked(run.value)).tree)) {
      if (node.type !== 'Command') continue
      const installed = installationOf(node, listed)
      if (!installed || (/^(docker|podman)$/.test(installed.by) && installed.tools.some(t => builtHere(at, t.name))))
        continue
      const worst = order.find(v => installed.tools.some(t => t.version === v))
      const named = installed.tools.filter(t => t.version === worst)
      if (worst === undefined) continue
      const version = worst === 'open' && mayBeInstalled(at, installed.by) ? 'computed' : worst
      add(at, installed.by, named.map(t => t.name).join(', '), version, placed(at.file, run, node.pos, node.end))
    }
  }
  return numbered(facts)
}

/** An image that a step of the workflow builds under this name comes from no registry. */
const builtHere = ({ file, whole }: StepAt, name: string): boolean => {
  const tagging = file.text.split('\n').some(line => line.includes(name) && /(^|\s)(-t|--tag)[\s=]/.test(line))
  const jobs = whole?.workflow.jobs ?? []
  return tagging || jobs.some(j => j.steps.some(s => (inputOf(s, 'tags') ?? '').includes(name)))
}

/**
 * `npx` and `bunx` take a tool from the installed modules first. Where the job installed those of a repository that is not
 * this one, its list of them is not here to be looked at.
 */
const mayBeInstalled = ({ steps, index }: StepAt, by: string): boolean => {
  const earlier = steps.slice(0, index)
  return (
    (by === 'npx' || by === 'bunx') &&
    earlier.some(s => actionOf(s) === 'actions/checkout' && inputOf(s, 'repository') !== undefined) &&
    earlier.some(s => projectInstall.test(s.run?.value ?? ''))
  )
}
const projectInstall =
  /^[ \t]*(npm (ci|install|i)|yarn( install)?|pnpm (install|i)|bun install)([ \t]+--[\w=-]+)*[ \t]*$/m

const order: readonly Version[] = ['open', 'range', 'computed', 'exact', 'hash']

type Words = readonly (string | undefined)[]

/** What a command installs by name; undefined for one that installs nothing, or what a file lists. */
export const installationOf = (command: Command, listed: (name: string) => boolean): Installation | undefined => {
  const all = [command.name, ...command.suffix].flatMap(w => (w?.type === 'Word' ? [w] : []))
  let words: Words = all.map(w => constantOf(w))
  while (
    words[0] === 'sudo' ||
    words[0] === 'command' ||
    words[0] === 'exec' ||
    words[0] === 'time' ||
    words[0] === '-E' ||
    words[0] === '-H'
  )
    words = words.slice(1)
  if (/^(.*\/)?(python|py)\d?(\.\d+)?$/.test(words[0] ?? '') && words[1] === '-m') words = words.slice(2)
  const [program, verb] = [words[0]?.replace(/^.*\//, ''), words[1]]
  const found = (by: string, tools: readonly Installed[]): Installation | undefined =>
    tools.length > 0 ? { by, tools } : undefined
  if (program === undefined || words.some(w => w === '--help' || w === '-h' || w === '--dry-run')) return undefined
  if (/^pip\d?(\.\d+)?$/.test(program) && verb === 'install') return found('pip', pipTools(words.slice(2)))
  if (program === 'uv' && verb === 'pip' && words[2] === 'install') return found('uv', pipTools(words.slice(3)))
  if (program === 'uv' && verb === 'tool' && (words[2] === 'install' || words[2] === 'run'))
    return found('uv', firstTool(words.slice(3), uvValues))
  if (program === 'uvx') return found('uvx', firstTool(words.slice(1), uvValues))
  if (program === 'pipx' && (verb === 'install' || verb === 'run'))
    return found('pipx', firstTool(words.slice(2), pipxValues))
  if (program === 'npm' && (verb === 'install' || verb === 'i' || verb === 'add'))
    return found('npm', npmTools(words.slice(2)))
  if (program === 'yarn' && verb === 'global' && words[2] === 'add') return found('yarn', npmTools(words.slice(3)))
  if (program === 'pnpm' && verb === 'add') return found('pnpm', npmTools(words.slice(2)))
  if (
    program === 'npx' ||
    program === 'bunx' ||
    (program === 'pnpm' && verb === 'dlx') ||
    (program === 'yarn' && verb === 'dlx')
  )
    return found(program, runTool(words.slice(verb === 'dlx' ? 2 : 1), listed))
  if (program === 'go' && (verb === 'install' || verb === 'run' || verb === 'get'))
    return found('go', goTools(words.slice(2)))
  if (program === 'cargo' && (verb === 'install' || verb === 'binstall'))
    return found('cargo', cargoTools(words.slice(2)))
  if (program === 'gem' && verb === 'install') return found('gem', gemTools(words.slice(2)))
  if ((program === 'docker' || program === 'podman') && (verb === 'run' || verb === 'pull'))
    return found(program, imageOf(words.slice(2)))
  return undefined
}

const pipValues = new Set([
  '-t',
  '--target',
  '--platform',
  '--python-version',
  '--implementation',
  '--abi',
  '--root',
  '--prefix',
  '--src',
  '--upgrade-strategy',
  '--no-binary',
  '--only-binary',
  '--progress-bar',
  '-i',
  '--index-url',
  '--extra-index-url',
  '-f',
  '--find-links',
  '--python',
  '--log',
  '--proxy',
  '--retries',
  '--timeout',
  '--cache-dir',
  '--trusted-host',
  '--cert',
  '--report',
  '--config-settings',
  '-C',
  '--global-option',
  '--index',
  '--resolution',
  '--root-user-action',
  '--exclude-newer',
  '--torch-backend',
  '--group',
])

const pipTools = (words: Words): readonly Installed[] => {
  // A constraints file or a hash of each file fixes what is named.
  const fixed = words.some(
    w => w === '-c' || w === '--constraint' || w?.startsWith('--constraint=') || w === '--require-hashes',
  )
  const tools: Installed[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) continue
    if (['-r', '--requirement', '-c', '--constraint', '-e', '--editable'].includes(word) || pipValues.has(word)) i++
    else if (!word.startsWith('-')) {
      const tool = pythonTool(word)
      if (tool) tools.push(fixed ? { ...tool, version: 'hash' } : tool)
    }
  }
  return tools
}

/** PEP 508: a name, extras, versions; undefined for a path, an archive or a URL, whose content is fixed otherwise. */
const pythonTool = (word: string): Installed | undefined => {
  if (/^[.~/]|\.(whl|zip|tar\.gz)$|\/|\\|^\$/.test(word) && !word.includes('@')) return undefined
  if (/^git\+|@\s*git\+/.test(word)) {
    const name = /^([\w.-]+)\s*@/.exec(word)?.[1] ?? word.replace(/^git\+(https?|ssh):\/\/|@.*$/g, '').slice(0, 80)
    return { name, version: /@[0-9a-f]{40}(#|$)/.test(word) ? 'hash' : 'open' }
  }
  const named = /^([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(.*)$/.exec(word)
  if (!named?.[1]) return undefined
  const says = (named[3] ?? '').replace(/;.*$/, '').trim()
  return {
    name: named[1],
    version:
      says === '' || says === '@latest' ? 'open' : /^(===?\s*[\w.!+-]+|@v?\d[\w.]*)$/.test(says) ? 'exact' : 'range',
  }
}

const uvValues = new Set([
  '-p',
  '--python',
  '--with',
  '--index',
  '--index-url',
  '--with-requirements',
  '--directory',
  '--project',
  '--python-preference',
  '--extra-index-url',
  '-c',
  '--constraints',
])
const pipxValues = new Set(['--python', '--pip-args', '--index-url', '--suffix'])

const firstTool = (words: Words, values: ReadonlySet<string>): readonly Installed[] => {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) return []
    const from =
      /^--(?:from|spec)=(.+)$/.exec(word)?.[1] ?? (word === '--from' || word === '--spec' ? words[i + 1] : undefined)
    if (from !== undefined) {
      const tool = pythonTool(from)
      return tool ? [tool] : []
    }
    if (word === '--from' || word === '--spec') return []
    if (values.has(word)) i++
    else if (!word.startsWith('-')) {
      const tool = pythonTool(word)
      return tool ? [tool] : []
    }
  }
  return []
}

/** `@scope/name@1.2.3`: one version, a range or a tag (docs.npmjs.com, package-spec). */
const npmTool = (word: string): Installed | undefined => {
  if (/^[./~]|^(file|git|https?|github|link|workspace):|\.tgz$/.test(word)) return undefined
  const named = /^((?:@[\w.-]+\/)?[\w.-]+)(?:@(.+))?$/.exec(word)
  if (!named?.[1]) return undefined
  const says = named[2]
  const version: Version =
    says === undefined || /^(latest|next|\*)$/.test(says)
      ? 'open'
      : /^v?\d+\.\d+\.\d+([-+][\w.-]+)?$/.test(says)
        ? 'exact'
        : 'range'
  return { name: named[1], version }
}

const npmTools = (words: Words): readonly Installed[] =>
  words.flatMap((word, i) => {
    const before = words[i - 1] ?? ''
    if (
      word === undefined ||
      word.startsWith('-') ||
      ['--prefix', '-C', '--registry', '--loglevel', '--filter', '-w'].includes(before)
    )
      return []
    const tool = npmTool(word)
    return tool ? [tool] : []
  })

const runTool = (words: Words, listed: (name: string) => boolean): readonly Installed[] => {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) return []
    if (word === '--no-install' || word === '--no') return []
    const given = word === '-p' || word === '--package' ? words[i + 1] : /^--package=(.+)$/.exec(word)?.[1]
    if (given !== undefined || !word.startsWith('-')) {
      const tool = npmTool(given ?? word)
      // What the project lists is taken from its own installed modules.
      return tool && !(tool.version === 'open' && listed(tool.name)) ? [tool] : []
    }
  }
  return []
}

const goTools = (words: Words): readonly Installed[] =>
  words.flatMap(word => {
    const named = /^([\w.-]+\.[\w.-]+\/[^@\s]+)@(.+)$/.exec(word ?? '')
    if (!named?.[1] || !named[2]) return []
    const says = named[2]
    const version: Version = /^v\d+\.\d+\.\d+/.test(says) ? 'exact' : /^[0-9a-f]{40}$/.test(says) ? 'hash' : 'open'
    return [{ name: named[1], version }]
  })

const cargoTools = (words: Words): readonly Installed[] => {
  const option = (...names: readonly string[]): string | undefined => {
    for (const [i, word] of words.entries()) {
      if (word !== undefined && names.includes(word)) return words[i + 1] ?? ''
      const name = names.find(n => word?.startsWith(`${n}=`))
      if (name !== undefined) return word?.slice(name.length + 1)
    }
    return undefined
  }
  if (option('--path') !== undefined) return []
  const version = option('--version', '--vers')
  const commit = option('--rev')
  const values = new Set([
    '--version',
    '--vers',
    '--rev',
    '--git',
    '--tag',
    '--branch',
    '--features',
    '--root',
    '--target',
    '--registry',
    '--index',
    '-F',
    '--jobs',
    '-j',
    '--profile',
  ])
  const named = words.filter((w, i) => w !== undefined && !w.startsWith('-') && !values.has(words[i - 1] ?? ''))
  return named.flatMap(word => {
    const [name, says] = (word ?? '').split('@')
    const given = says ?? version
    if (name === undefined || name === '') return []
    const exact = given !== undefined && /^=?\d+\.\d+\.\d+/.test(given)
    return [{ name, version: commit !== undefined ? 'hash' : exact ? 'exact' : given !== undefined ? 'range' : 'open' }]
  })
}

const gemTools = (words: Words): readonly Installed[] => {
  const at = words.findIndex(w => w === '-v' || w === '--version')
  const version = at === -1 ? words.flatMap(w => /^(?:-v|--version=)(.+)$/.exec(w ?? '')?.[1] ?? [])[0] : words[at + 1]
  return words.flatMap((word, i) => {
    if (word === undefined || word.startsWith('-') || /\.gem$|\//.test(word)) return []
    if (
      ['-v', '--version', '-i', '--install-dir', '-n', '--bindir', '--source', '-s', '-P', '--platform'].includes(
        words[i - 1] ?? '',
      )
    )
      return []
    const [name, says] = word.split(':')
    const given = says ?? version
    if (name === undefined || name === '') return []
    return [{ name, version: given === undefined ? 'open' : /^\d[\w.]*$/.test(given) ? 'exact' : 'range' }]
  })
}

/** Options of `docker run` that take no value; the first word that is neither option nor value is the image. */
const imageFlags =
  /^(-[dtiPq]+|--(rm|detach|tty|interactive|init|privileged|publish-all|read-only|quiet|no-healthcheck|all-tags|disable-content-trust)(=\w+)?|-it|-ti)$/

const imageOf = (words: Words): readonly Installed[] => {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) return []
    if (word.startsWith('-')) {
      if (!imageFlags.test(word) && !word.includes('=')) i++
      continue
    }
    // Built by the job itself: no registry has it under a bare name with no tag.
    if (!/^[a-z0-9][\w./:@-]*$/.test(word)) return []
    if (/@sha256:[0-9a-f]{64}$/.test(word)) return [{ name: word.split('@')[0] ?? word, version: 'hash' }]
    const [, name, tag] = /^(.*?)(?::([\w.-]+))?$/.exec(word) ?? []
    if (name === undefined) return []
    return [{ name, version: tag === undefined || tag === 'latest' ? 'open' : 'range' }]
  }
  return []
}

/** Actions that fetch a program whose version is an input: which one, and what stands for the newest. */
const fetchers: Readonly<Record<string, { readonly input: string; readonly tool: string }>> = {
  'aquasecurity/setup-trivy': { input: 'version', tool: 'trivy' },
  '1password/load-secrets-action': { input: 'version', tool: 'op' },
  'extractions/setup-just': { input: 'just-version', tool: 'just' },
  'extractions/setup-crate': { input: 'version', tool: 'a crate' },
  'golangci/golangci-lint-action': { input: 'version', tool: 'golangci-lint' },
  'hashicorp/setup-terraform': { input: 'terraform_version', tool: 'terraform' },
  'azure/setup-kubectl': { input: 'version', tool: 'kubectl' },
  'azure/setup-helm': { input: 'version', tool: 'helm' },
  'snok/install-poetry': { input: 'version', tool: 'poetry' },
}

const toolOf = ({ step }: StepAt): { by: string; name: string; version: Version } | undefined => {
  const by = actionOf(step)
  const fetcher = by === undefined ? undefined : fetchers[by]
  if (by === undefined || !fetcher) return undefined
  const given = inputOf(step, fetcher.input)
  const version: Version =
    given === undefined || /^(latest|\*|stable)$/i.test(given)
      ? 'open'
      : given.includes('${{')
        ? 'computed'
        : /^v?\d+\.\d+\.\d+/.test(given)
          ? 'exact'
          : 'range'
  return { by, name: fetcher.tool, version }
}
