import { defineCheck, type Judgement, words } from '../../check.ts'

/** What each blank is, and why it is still there. */
const says: Readonly<Record<string, string>> = {
  'shell substitution': 'was to be filled in by a shell and never was',
  variable: 'is a variable nobody replaced',
  'template expression': 'is a template expression nobody rendered',
  'bracketed prompt': 'is a prompt to fill in',
  'prompt in braces': 'is a prompt to fill in',
  'angle-bracket prompt': 'is a prompt to fill in, and invisible on the rendered page',
  'to-do mark': 'marks something left to do',
  'date pattern': 'stands where a date should',
  'blank line to fill in': 'is a blank to fill in',
}

export const check = defineCheck({
  id: 'policy-has-no-placeholders',
  about: 'document.placeholder',
  asks: ({ paths }) => [{ kind: 'document.placeholder', paths }],
  ifNone: 'not-applicable',
  title: 'No policy document holds a placeholder that was never filled in.',
  why: 'A blank shows that the text was generated or copied and not read by the person who approved it; where a name, a date or a number should stand, the rule has no content.',
  fix: 'Write the value into the committed file. Never resolve a placeholder when the page is built. A form that is meant to have blanks says `type: template` in its front matter.',
  samples: {
    bad: 'Breaches are reported to [Insert contact] within TBD hours.',
    good: 'Breaches are reported to the Privacy Officer within 72 hours.',
  },
  source: '45 CFR 164.316(b)(1); SOC 2 CC5.3',
  blind: 'Blanks in code, in Word or PDF files, and values that are filled in but wrong.',
  params: { paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']) },
  confidence: 'high',
  judge: ({ data }): Judgement => {
    const { document } = data
    if (document.type === 'template')
      return { verdict: 'exempt', reason: 'a template: it may hold blanks and is in force for nobody' }
    if (document.standing === 'withdrawn') return { verdict: 'exempt', reason: 'no longer in force' }
    if (data.is === 'none') return { verdict: 'conforms', observed: 'no placeholder in the text' }
    const hidden = data.hidden ? ', in a comment readers do not see' : ''
    const hint = data.suggestion === undefined ? '' : `; if a date is meant, write ${data.suggestion}`
    return {
      verdict: 'violates',
      observed: `${data.text} (${data.rule})${hidden}`,
      message: `${data.text} ${says[data.rule] ?? 'was never filled in'}${hidden}${hint}`,
    }
  },
})
