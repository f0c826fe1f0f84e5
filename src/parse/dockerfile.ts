import {
  type Argument,
  DockerfileParser,
  type From,
  type Instruction,
  ModifiableInstruction,
  type PropertyInstruction,
} from 'dockerfile-ast'
import { type Lines, linesOf, type Range } from './lines.ts'

/** A word of an instruction as written, quotes included. */
export interface Word {
  readonly text: string
  readonly range: Range
}

/** `NAME=value` of ENV and ARG. */
export interface Property {
  readonly name: string
  /** Quotes and escapes resolved, variables as written; undefined: ARG without a default. */
  readonly value: string | undefined
  readonly nameRange: Range
  /** Quotes excluded. */
  readonly valueRange: Range
}

export interface DockerInstruction {
  /** Upper case. */
  readonly keyword: string
  /** The whole instruction, continued lines and here-documents included. */
  readonly range: Range
  /** `--from=build`, `--mount=type=secret,…`. */
  readonly flags: readonly Word[]
  readonly words: readonly Word[]
  /** Of ENV and ARG. */
  readonly properties: readonly Property[]
}

export interface DockerStage {
  readonly from: DockerInstruction
  /** What the stage starts from, as written. */
  readonly image: Word
  readonly name: string | undefined
  /** Without FROM, and without what ONBUILD leaves to images built on this one. */
  readonly instructions: readonly DockerInstruction[]
}

export interface DockerTree {
  readonly lines: Lines
  /** ARG before the first FROM. */
  readonly globals: readonly Property[]
  readonly stages: readonly DockerStage[]
  /** What Docker would refuse: words that are no instruction, instructions before the first FROM. */
  readonly strays: readonly { readonly keyword: string; readonly range: Range }[]
}

export type DockerfileRead =
  | { readonly ok: true; readonly tree: DockerTree }
  | { readonly ok: false; readonly cause: 'unparsed' | 'too-large'; readonly reason: string }

export const dockerfileLimit = 512 * 1024

const known: ReadonlySet<string> = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

/** A Dockerfile as stages and instructions, over `dockerfile-ast`. Never throws. */
export const parseDockerfile = (text: string): DockerfileRead => {
  if (text.length > dockerfileLimit) {
    return { ok: false, cause: 'too-large', reason: `longer than ${dockerfileLimit.toLocaleString('en')} characters` }
  }
  try {
    return { ok: true, tree: treeOf(text) }
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '').slice(0, 200) : ''
    return { ok: false, cause: 'unparsed', reason: `not understood: ${reason}` }
  }
}

interface LineRange {
  readonly start: { readonly line: number; readonly character: number }
  readonly end: { readonly line: number; readonly character: number }
}

const treeOf = (text: string): DockerTree => {
  const starts = [0]
  // The package counts lone carriage returns as line ends too.
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length)
  const offset = ({ line, character }: LineRange['start']): number =>
    Math.min((starts[line] ?? text.length) + character, text.length)
  const rangeOf = (range: LineRange): Range => {
    const start = offset(range.start)
    return { start, end: Math.max(start, offset(range.end)) }
  }
  const wordOf = (argument: Argument): Word => ({ text: argument.getValue(), range: rangeOf(argument.getRange()) })

  const propertiesOf = (instruction: Instruction): readonly Property[] => {
    const keyword = instruction.getKeyword()
    if (keyword !== 'ENV' && keyword !== 'ARG') return []
    return (instruction as PropertyInstruction).getProperties().map(property => {
      const nameRange = rangeOf(property.getNameRange())
      const at = property.getValueRange()
      const valueRange = at === null ? { start: nameRange.end, end: nameRange.end } : unquoted(rangeOf(at), text)
      const value = property.getValue()
      return { name: property.getName(), value: value ?? undefined, nameRange, valueRange }
    })
  }
  const instructionOf = (instruction: Instruction): DockerInstruction => {
    const words = instruction.getArguments().map(wordOf)
    const flags =
      instruction instanceof ModifiableInstruction
        ? instruction.getFlags().map(flag => ({ text: flag.toString(), range: rangeOf(flag.getRange()) }))
        : []
    return {
      keyword: instruction.getKeyword().toUpperCase(),
      range: rangeOf(instruction.getRange()),
      flags,
      words,
      properties: propertiesOf(instruction),
    }
  }

  const globals: Property[] = []
  const stages: {
    from: DockerInstruction
    image: Word
    name: string | undefined
    instructions: DockerInstruction[]
  }[] = []
  const strays: { keyword: string; range: Range }[] = []
  for (const written of DockerfileParser.parse(text).getInstructions()) {
    const instruction = instructionOf(written)
    const { keyword, range } = instruction
    const stage = stages.at(-1)
    if (!known.has(keyword)) strays.push({ keyword, range })
    else if (keyword === 'FROM') {
      const at = (written as From).getImageRange()
      const image =
        at === null ? instruction.words[0] : { text: (written as From).getImage() ?? '', range: rangeOf(at) }
      if (image === undefined) strays.push({ keyword, range })
      else stages.push({ from: instruction, image, name: nameOf(instruction), instructions: [] })
    } else if (stage !== undefined) {
      if (keyword !== 'ONBUILD') stage.instructions.push(instruction)
    } else if (keyword === 'ARG') globals.push(...instruction.properties)
    else strays.push({ keyword, range })
  }
  return { lines: linesOf(text), globals, stages, strays }
}

const nameOf = ({ words }: DockerInstruction): string | undefined => {
  const as = words.findIndex(word => word.text.toLowerCase() === 'as')
  return as === -1 ? undefined : words[as + 1]?.text.toLowerCase()
}

const unquoted = ({ start, end }: Range, text: string): Range => {
  const quote = text[start]
  return (quote === '"' || quote === "'") && end - start >= 2 && text[end - 1] === quote
    ? { start: start + 1, end: end - 1 }
    : { start, end }
}
