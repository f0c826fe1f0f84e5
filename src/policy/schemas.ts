import { severities } from '../model.ts'
import { isDate, parseDuration } from './dates.ts'

/**
 * The shapes of the user's files as JSON Schema. The loader reads YAML with the failsafe schema, so its schemas see
 * text, lists and maps; an editor reads the core schema, where `revision: 1` is a number, so its schemas are wider.
 * Both come from one description.
 */
export type Schema = Readonly<Record<string, unknown>>

export const schemaNames = ['control', 'catalog', 'profile', 'waivers', 'attestation'] as const
export type SchemaName = (typeof schemaNames)[number]

/** Kinds of text: a test for the loader, what was expected in words, and a pattern for editors. */
export const formats = {
  date: { test: isDate, expected: 'a date like 2026-11-24', pattern: '^[12]\\d{3}-\\d{2}-\\d{2}$' },
  duration: {
    test: (text: string) => parseDuration(text) !== undefined,
    expected: 'an ISO 8601 duration like P3M, P1Y or P30D',
    pattern: '^P(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?$',
  },
  revision: {
    test: (text: string) => /^[1-9]\d{0,5}$/.test(text),
    expected: 'a whole number from 1',
    pattern: '^[1-9]\\d*$',
  },
  'control-id': {
    test: (text: string) => text.length <= 60 && /^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+$/.test(text),
    expected: 'an id like ACME-NET-01 (capitals, digits, hyphens)',
    pattern: '^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$',
  },
  name: {
    test: (text: string) => text.length <= 60 && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(text),
    expected: 'a name like access-review (lower case, digits, hyphens)',
    pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
  },
  finding: {
    test: (text: string) => /^[0-9a-f]{16,64}$/.test(text),
    expected: 'a fingerprint: 16 to 64 hex digits in lower case, as the report prints it',
    pattern: '^[0-9a-f]{16,64}$',
  },
  endpoint: {
    test: (text: string) => isEndpoint(text),
    expected: 'host:port, like www.example.org:443',
    pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^:/\\s@]+):\\d{1,5}$',
  },
  url: {
    test: (text: string) => /^https?:\/\/[^\s<>"'`\\]{1,2000}$/.test(text),
    expected: 'a URL that starts with https://',
    pattern: '^https?://\\S+$',
  },
} as const satisfies Record<string, { test: (text: string) => boolean; expected: string; pattern: string }>
export type Format = keyof typeof formats

/** `host:port` with a DNS name, an IPv4 address or an IPv6 address in brackets, and a port from 1 to 65535. */
export const isEndpoint = (text: string): boolean => {
  const parts = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?):(\d{1,5})$/.exec(text)
  const port = Number(parts?.[2] ?? 0)
  return port >= 1 && port <= 65535
}

interface View {
  /** Text that is not empty; `format` narrows it. */
  text(says: string, format?: Format): Schema
  /** Text that may be empty. */
  anyText(says: string): Schema
  oneOf(says: string, words: readonly string[]): Schema
  list(says: string, items: Schema, least?: number): Schema
  /** Keys chosen by the user. */
  mapOf(says: string, values: Schema, least?: number): Schema
  /** Closed keys; those ending in `?` may be missing. */
  map(says: string, keys: Readonly<Record<string, Schema>>): Schema
  /** A key may stand with nothing behind it, as in a file where all lines below are commented out. */
  orNothing(schema: Schema): Schema
  textOr(text: Schema, other: Schema): Schema
  listOr(list: Schema, other: Schema): Schema
  /** Entries that hold `key` have the first shape, others the second. */
  byKey(key: string, having: Schema, other: Schema): Schema
}

const mapShape = (says: string, keys: Readonly<Record<string, Schema>>): Schema => {
  const names = Object.keys(keys)
  return {
    description: says,
    type: 'object',
    additionalProperties: false,
    required: names.filter(name => !name.endsWith('?')),
    properties: Object.fromEntries(names.map(name => [name.replace(/\?$/, ''), keys[name]])),
  }
}

/** One shape where `test` holds, another where not: unlike `anyOf`, the complaints are those of the shape meant. */
const choice = (test: Schema, yes: Schema, no: Schema): Schema => ({
  allOf: [
    { if: { not: test }, else: yes },
    { if: test, else: no },
  ],
})

const shared: Pick<View, 'list' | 'mapOf' | 'map' | 'byKey'> = {
  list: (says, items, least = 0) => ({ description: says, type: 'array', items, minItems: least }),
  mapOf: (says, values, least = 0) => ({
    description: says,
    type: 'object',
    additionalProperties: values,
    minProperties: least,
  }),
  map: mapShape,
  byKey: (key, having, other) => choice({ type: 'object', required: [key] }, having, other),
}

const loader: View = {
  ...shared,
  text: (says, format) => ({ description: says, type: 'string', minLength: 1, ...(format && { format }) }),
  anyText: says => ({ description: says, type: 'string' }),
  oneOf: (says, words) => ({ description: says, type: 'string', enum: words }),
  orNothing: schema => ({ if: { const: '' }, else: schema }),
  textOr: (text, other) => choice({ type: 'string' }, text, other),
  listOr: (list, other) => choice({ type: 'array' }, list, other),
}

const scalar = ['string', 'number', 'boolean']
const editor: View = {
  ...shared,
  text: (says, format) => ({
    description: says,
    type:
      format === undefined || format === 'revision' || format === 'finding'
        ? scalar.slice(0, 2 + (format ? 0 : 1))
        : 'string',
    minLength: 1,
    ...(format && { pattern: formats[format].pattern }),
  }),
  anyText: says => ({ description: says, type: [...scalar, 'null'] }),
  // YAML reads `true` as a boolean and `1.3` as a number: the word and what it is read as are both right.
  oneOf: (says, words) => ({
    description: says,
    enum: [
      ...words,
      ...words.flatMap(w => (w === 'true' || w === 'yes' ? [true] : w === 'false' || w === 'no' ? [false] : [])),
    ],
  }),
  orNothing: schema => ({ anyOf: [schema, { type: 'null' }] }),
  textOr: (text, other) => ({ anyOf: [text, other] }),
  listOr: (list, other) => ({ anyOf: [list, other] }),
}

export const parameterTypes = ['enum', 'integer', 'text', 'boolean', 'list'] as const
export const dispositions = ['implemented', 'not-applicable', 'inherited', 'shared'] as const
const flags = ['true', 'false']

const control = (v: View): Schema => {
  const role = v.oneOf('`required` (the default) decides the control; `supporting` never makes it pass.', [
    'required',
    'supporting',
  ])
  const value = (says: string) => v.listOr(v.list(says, v.text(says)), v.anyText(says))
  return v.map('A control: what should be true, which criteria it supports, and which checks tell.', {
    id: v.text('Unique; shipped controls start with IIP-, custom ones do not.', 'control-id'),
    revision: v.text('Raised when the meaning changes.', 'revision'),
    title: v.text('One line.'),
    level: v.oneOf('`system`: judged once per organisation.', ['repository', 'system']),
    severity: v.oneOf('How bad a violation is.', severities),
    statement: v.text('What is true when the control holds.'),
    rationale: v.text('What follows when it does not.'),
    supports: v.mapOf(
      'Framework id → ids of the criteria.',
      v.list('Ids of criteria.', v.text('Id of a criterion.'), 1),
      1,
    ),
    'claims?': v.list('What a sentence that promises this looks like.', v.text('A phrase.')),
    'parameters?': v.mapOf(
      'What a profile may tighten.',
      v.map('A parameter.', {
        type: v.oneOf('What its text is.', parameterTypes),
        default: value('What holds where no profile speaks.'),
        'values?': v.list('For an enum: the words, loosest first where `stricter` is `higher`.', v.text('A word.'), 1),
        'stricter?': v.oneOf('In which direction a profile may move it; without it, freely.', ['higher', 'lower']),
        'says?': v.text('What it means.'),
      }),
    ),
    'applies_when?': v.text("CEL over found('<kind of fact>') with ||, &&, ! and parentheses."),
    'checks?': v.list(
      'The checks that tell.',
      v.byKey(
        'planned',
        v.map('A check that is not built yet: the control is at best not-run.', {
          planned: v.text('What it will look at.'),
          'role?': role,
        }),
        v.map('A use of a check.', {
          use: v.text('Id of the check.'),
          'with?': v.mapOf(
            'Parameters of the check: text, a list, or $name for a parameter of this control.',
            value('A value.'),
          ),
          'role?': role,
          'severity?': v.oneOf('Where it differs from the control’s.', severities),
        }),
      ),
    ),
    'attestation?': v.map('What only a person can answer.', {
      form: v.text('Name of the form.', 'name'),
      question: v.text('Answered with yes or no.'),
      validFor: v.text('How long an answer holds.', 'duration'),
    }),
    'remediation?': v.list('What to do.', v.text('One step.')),
    'references?': v.list(
      'Where to read more.',
      v.map('A reference.', { title: v.text('Title.'), 'url?': v.text('Address.', 'url') }),
    ),
    'tests?': v.list(
      'Samples of a custom control, run by `iip-audit test`.',
      v.map('A sample tree and what the check must say of it.', {
        name: v.text('What the sample shows.'),
        check: v.text('Id of a check this control uses.'),
        files: v.mapOf('Path → text.', v.anyText('The file.'), 1),
        expect: v.oneOf('What must come out.', ['pass', 'fail', 'unsure', 'none']),
      }),
    ),
  })
}

const catalog = (v: View): Schema =>
  v.map('A catalog of criteria.', {
    id: v.text('Id of the framework.', 'name'),
    version: v.text('Version of the text the ids come from.'),
    title: v.text('Its name.'),
    'source?': v.text('Where the text stands.'),
    'textPolicy?': v.oneOf('How much of the text may be repeated here.', ['full', 'paraphrase', 'identifier-only']),
    requirements: v.list(
      'The criteria.',
      v.map('A criterion.', {
        id: v.text('Its id, as the source writes it.'),
        category: v.text('The group it belongs to; a profile may choose groups.'),
        title: v.text('Name or short paraphrase.'),
        'designation?': v.oneOf('HIPAA: standard, required, addressable.', ['Std', 'R', 'A']),
        'cited?': v.oneOf('Named for context, not counted in the matrix.', flags),
      }),
      1,
    ),
  })

const profile = (v: View): Schema => {
  const parameter = (says: string) => v.listOr(v.list(says, v.text(says)), v.anyText(says))
  const categories = v.orNothing(v.list('Chosen categories; all if empty.', v.text('A category.')))
  return v.map('What the organisation says of itself: scope, parameters, dispositions.', {
    'extends?': v.text('A profile of the organisation inside this tree, relative to this file; may only be tightened.'),
    'organisation?': v.orNothing(
      v.textOr(v.text('Its name.'), v.map('The organisation.', { name: v.text('Its name.') })),
    ),
    'system?': v.orNothing(
      v.text('The system this repository belongs to; system-level controls are left to the roll-up.'),
    ),
    'people?': v.orNothing(
      v.mapOf(
        'Who answers for what.',
        v.textOr(v.text('Name.'), v.map('A person.', { name: v.text('Name.'), 'role?': v.text('Role.') })),
      ),
    ),
    'frameworks?': v.orNothing(
      v.listOr(
        v.list('Ids of frameworks.', v.text('Id of a framework.')),
        v.mapOf(
          'Framework id → chosen categories.',
          v.orNothing(v.listOr(categories, v.map('A choice.', { 'categories?': categories }))),
        ),
      ),
    ),
    'scope?': v.orNothing(
      v.map('What is judged.', {
        'exclude?': v.orNothing(
          v.list(
            'Files that are not judged; listed in every report.',
            v.map('An exclusion.', {
              glob: v.text('Which files.'),
              reason: v.text('Why.'),
              until: v.text('Last day it holds.', 'date'),
            }),
          ),
        ),
        'samples?': v.orNothing(
          v.list('Folders of samples and tests: judged with lower severity.', v.text('A folder.')),
        ),
      }),
    ),
    'services?': v.orNothing(
      v.mapOf('Name of a service → what it is.', v.map('A service.', { kind: v.text('nginx, loki, edge …') })),
    ),
    'endpoints?': v.orNothing(v.list('TLS endpoints, asked with --live only.', v.text('host:port', 'endpoint'))),
    'parameters?': v.orNothing(v.mapOf('Parameters of controls; may only be tightened.', parameter('A value.'))),
    'controls?': v.orNothing(
      v.mapOf(
        'Control id → how it is met.',
        v.map('A disposition.', {
          disposition: v.oneOf('How the control is met.', dispositions),
          reason: v.text('Why.'),
          until: v.text('Last day it holds.', 'date'),
          'evidence?': v.text('Where the provider’s evidence is; needed for inherited and shared.'),
        }),
      ),
    ),
  })
}

const waivers = (v: View): Schema => {
  const list = v.list(
    'Accepted findings.',
    v.map('A waiver: one finding, accepted as it is now, for a time.', {
      id: v.text('Unique.'),
      check: v.text('Id of the check.'),
      finding: v.text('Fingerprint of the finding, 16 hex digits or more.', 'finding'),
      observed: v.text('The text that was accepted, as the report prints it.'),
      'control?': v.text('Only for this control.'),
      reason: v.text('Why it is accepted.'),
      requestedBy: v.text('Who asked.'),
      approvedBy: v.text('Who agreed: someone else.'),
      approvedOn: v.text('When.', 'date'),
      expires: v.text('Last day it holds, at most a year after approval.', 'date'),
    }),
  )
  return v.orNothing(v.listOr(list, v.map('Waivers.', { waivers: v.orNothing(list) })))
}

const attestation = (v: View): Schema =>
  v.map('What a person answers for.', {
    form: v.text('The form of the control.', 'name'),
    control: v.text('Id of the control.'),
    answer: v.oneOf('The answer.', ['yes', 'no']),
    by: v.text('Who answers.'),
    'role?': v.text('In which role.'),
    on: v.text('When.', 'date'),
    'note?': v.text('What should be known besides.'),
  })

const described: Record<SchemaName, (v: View) => Schema> = { control, catalog, profile, waivers, attestation }

/** What the loader holds a file against. */
export const loaderSchema = (name: SchemaName): Schema => described[name](loader)

/** File name → JSON Schema (draft-07) for `# yaml-language-server: $schema=…`. */
export const editorSchemas = (): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    schemaNames.map(name => [
      `${name}.schema.json`,
      { $schema: 'http://json-schema.org/draft-07/schema#', title: `iip-audit ${name}`, ...described[name](editor) },
    ]),
  )
