import { defineCheck, type Judgement, words } from '../../check.ts'

export const check = defineCheck({
  id: 'policy-text-is-proofread',
  about: 'document.residue',
  asks: ({ paths }) => [{ kind: 'document.residue', paths }],
  ifNone: 'not-applicable',
  title: 'No sentence of a policy document ends in two full stops.',
  why: 'Two full stops are what is left when the end of a sentence was cut out or pasted in: the approved text and the committed one may differ there. By itself it breaks no rule.',
  fix: 'Read the sentence again, compare it with the approved text, and remove the second full stop.',
  samples: { bad: 'Scans run weekly..', good: 'Scans run weekly.' },
  blind: 'Any other slip of the pen.',
  params: { paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']) },
  confidence: 'high',
  judge: ({ data }): Judgement => {
    if (data.document.type === 'template') return { verdict: 'exempt', reason: 'a template, in force for nobody' }
    if (data.document.standing === 'withdrawn') return { verdict: 'exempt', reason: 'no longer in force' }
    if (data.is === 'none') return { verdict: 'conforms', observed: 'no double full stop' }
    return {
      verdict: 'violates',
      observed: `two full stops after "${data.after}"`,
      message: `two full stops after "${data.after}": something was cut here, or the sentence was not read again`,
      severity: 'low',
    }
  },
})
