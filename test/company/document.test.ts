import { add, becomes, edit, gap, lock, remove, rename, rewrite, unsure, violates } from './edits.ts'
import {
  access,
  agreement,
  brief,
  documentChecks,
  effective,
  everyFile,
  identity,
  placeholders,
  plan,
  policy,
  policyHistory,
  proofread,
  reviewed,
} from './names.ts'
import { changeOneThing, type Row } from './table.ts'

const date = 'effectiveDate: 2025-09-01'
const documents: readonly Row[] = [
  [
    'a date the shell should have written',
    [edit(policy, date, 'effectiveDate: $(date +%F)')],
    [violates(effective, policy, '$(date'), violates(placeholders, policy, '$(date')],
  ],
  [
    'a date wrapped in a shell substitution',
    [edit(policy, date, 'effectiveDate: $(09-01-2025)')],
    [violates(effective, policy, '$(09'), violates(placeholders, policy, '$(09')],
  ],
  [
    'a date that is two days',
    [edit(policy, date, 'effectiveDate: 09/10/2025')],
    [violates(effective, policy, '09/10/2025')],
  ],
  [
    'a day no calendar has',
    [edit(policy, date, 'effectiveDate: 2025-02-30')],
    [violates(effective, policy, '2025-02-30')],
  ],
  ['a date far ahead', [edit(policy, date, 'effectiveDate: 2027-09-01')], [violates(effective, policy, '2027-09-01')]],
  [
    'a month instead of a day',
    [edit(policy, date, 'effectiveDate: September 2025')],
    [violates(effective, policy, 'September 2025')],
  ],
  ['no date', [edit(access, 'effectiveDate: 2026-02-02\n', '')], [violates(effective, access, 'title: Access')]],
  [
    'a date still to be decided',
    [edit(policy, date, 'effectiveDate: TBD')],
    [violates(effective, policy, 'TBD'), violates(placeholders, policy, 'TBD')],
  ],
  [
    'no owner',
    [edit(policy, 'owner: Ines Falkner (Head of Platform)\n', '')],
    [violates(identity, policy, 'title: Security')],
  ],
  [
    'an approver who is a role',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy: Chief Executive Officer')],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an approver who is a role of a company',
    [
      edit(
        policy,
        'approvedBy: Tomas Reuter (Managing Director)',
        'approvedBy: Managing Director – Harbor Wick Health GmbH',
      ),
    ],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an approver who is a role of an incorporated company',
    [
      edit(
        policy,
        'approvedBy: Tomas Reuter (Managing Director)',
        'approvedBy: Managing Director, Harbor Wick Health, Inc.',
      ),
    ],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an approver who is a blank',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy: "[Name of approver]"')],
    [violates(identity, policy, 'approvedBy'), violates(placeholders, policy, 'approvedBy')],
  ],
  [
    'the author approves',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'author: Ines Falkner\napprovedBy: Ines Falkner')],
    [violates(identity, policy, 'approvedBy')],
  ],
  ['no version', [edit(access, 'version: "1.4"\n', '')], [violates(identity, access, 'title: Access')]],
  [
    'a version that is none',
    [edit(access, 'version: "1.4"', 'version: final')],
    [violates(identity, access, 'version: final')],
  ],
  [
    'a version behind its own history',
    [edit(policy, 'version: "2.1"', 'version: "2.0"')],
    [violates(identity, policy, 'version: "2.0"')],
  ],
  [
    'a draft',
    [edit(policy, 'version: "2.1"', 'version: "2.1"\nstatus: draft')],
    [violates(identity, policy, 'status: draft')],
  ],
  [
    'a review that is overdue',
    [edit(access, 'date: 2026-08-03', 'date: 2025-08-03')],
    [violates(reviewed, access, '2025-08-03')],
  ],
  [
    'the review the document promises did not happen',
    [
      edit(policy, '  - { date: 2026-09-14, by: Ines Falkner, outcome: approved }\n', ''),
      edit(policy, '| 2.1 | 2026-09-14 | Ines Falkner | Time limit for telling covered entities made shorter |\n', ''),
      edit(policy, 'version: "2.1"', 'version: "2.0"'),
    ],
    [violates(reviewed, policy, 'date: 2026-03-16')],
  ],
  [
    'a review still to come',
    [edit(access, 'date: 2026-08-03', 'date: 2026-12-03')],
    [violates(reviewed, access, '2026-12-03')],
  ],
  [
    'a review that ended in a refusal',
    [edit(access, 'outcome: approved', 'outcome: rejected')],
    [violates(reviewed, access, '2026-08-03')],
  ],
  [
    'in force for two years, never reviewed',
    [edit(plan, 'effectiveDate: 2026-05-11', 'effectiveDate: 2024-05-13')],
    [violates(reviewed, plan, '2024-05-13')],
  ],
  [
    'a prompt in brackets',
    [edit(plan, 'The Security Officer leads', '[Insert name] leads')],
    [violates(placeholders, plan, '[Insert name]')],
  ],
  [
    'a prompt for a number',
    [edit(plan, 'within 14 days', 'within [number] days')],
    [violates(placeholders, plan, '[number]')],
  ],
  [
    'a prompt in angle brackets',
    [edit(plan, 'The Security Officer leads', '<your name> leads')],
    [violates(placeholders, plan, '<your name>')],
  ],
  ['something left to do', [edit(plan, '14 days', 'TBD days')], [violates(placeholders, plan, 'TBD')]],
  [
    'a group of people who approve',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy: Board of Directors')],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'a team that approves',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy: Security Team')],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an approver left empty',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy:')],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an approver who is not known',
    [edit(policy, 'approvedBy: Tomas Reuter (Managing Director)', 'approvedBy: N/A')],
    [violates(identity, policy, 'approvedBy')],
  ],
  [
    'an owner to be found',
    [edit(policy, 'owner: Ines Falkner (Head of Platform)', 'owner: TBD')],
    [violates(identity, policy, 'owner: TBD'), violates(placeholders, policy, 'owner: TBD')],
  ],
  [
    'a date with blanks',
    [edit(policy, date, 'effectiveDate: XX-XX-2025')],
    [violates(effective, policy, 'XX-XX-2025')],
  ],
  [
    'a prompt in capitals',
    [edit(plan, 'The Security Officer leads', '[COMPANY NAME] leads')],
    [violates(placeholders, plan, '[COMPANY NAME]')],
  ],
  [
    'a prompt in double angles',
    [edit(plan, 'The Security Officer leads', '<<Company Name>> leads')],
    [violates(placeholders, plan, 'Company Name')],
  ],
  [
    'a prompt in braces',
    [edit(plan, 'The Security Officer leads', '{Company Name} leads')],
    [violates(placeholders, plan, 'Company Name')],
  ],
  ['the blank of lawyers', [edit(plan, 'within 14 days', 'within [●] days')], [violates(placeholders, plan, '[●]')]],
  ['a word in brackets', [edit(plan, 'within 14 days', 'within [TBD] days')], [violates(placeholders, plan, '[TBD]')]],
  [
    'filler text',
    [edit(plan, 'The Security Officer leads', 'Lorem ipsum leads')],
    [violates(placeholders, plan, 'Lorem ipsum')],
  ],
  [
    'front matter that is no YAML',
    [edit(access, 'version: "1.4"', 'version: "1.4')],
    [
      gap('unparsed', access, '---\n# Access', documentChecks),
      unsure(identity, access, '---\n# Access'),
      unsure(effective, access, '---\n# Access'),
      unsure(reviewed, access, '---\n# Access'),
    ],
  ],
  [
    'a template expression',
    [edit(plan, '14 days', '{{ review_days }} days')],
    [violates(placeholders, plan, '{{ review_days }}')],
  ],
  ['a variable', [edit(plan, 'The Security Officer', '${OFFICER}')], [violates(placeholders, plan, '${OFFICER}')]],
  [
    'a blank to write on',
    [edit(plan, 'The Security Officer leads', 'Signed: ____________\n\nThe Security Officer leads')],
    [violates(placeholders, plan, 'Signed: ____')],
  ],
  [
    'a date pattern',
    [edit(access, 'Shared accounts do not exist.', 'Next audit: YYYY-MM-DD.')],
    [violates(placeholders, access, 'YYYY-MM-DD')],
  ],
  [
    'a blank in a comment',
    [edit(access, 'Shared accounts do not exist.', 'Shared accounts do not exist. <!-- TODO: legal -->')],
    [violates(placeholders, access, 'TODO')],
  ],
  ['two full stops', [edit(access, 'do not exist.', 'do not exist..')], [violates(proofread, access, 'exist..')]],
  [
    'a template that is signed and called an agreement',
    [rename(agreement, 'docs/compliance/agreement.md'), edit('docs/compliance/agreement.md', 'type: template\n', '')],
    [
      violates(identity, 'docs/compliance/agreement.md', 'title: Business'),
      violates(effective, 'docs/compliance/agreement.md', 'title: Business'),
      violates(reviewed, 'docs/compliance/agreement.md', 'title: Business'),
      violates(placeholders, 'docs/compliance/agreement.md', '[Covered'),
      violates(placeholders, 'docs/compliance/agreement.md', '[Covered'),
      violates(placeholders, 'docs/compliance/agreement.md', 'Signed:'),
      violates(placeholders, 'docs/compliance/agreement.md', 'Signed:'),
    ],
  ],
  [
    'a brief without its period',
    [edit(brief, 'period: 2026-04-01 to 2026-09-30\n', '')],
    [violates(identity, brief, 'title: SOC')],
  ],
  [
    'a policy in Word',
    [add('docs/compliance/retention-policy.docx', 'PK')],
    [gap('unparsed', 'docs/compliance/retention-policy.docx', undefined, documentChecks)],
  ],
  [
    'a policy nobody may read',
    [lock(access)],
    [gap('unreadable', access, undefined, [...documentChecks, ...everyFile])],
  ],
  [
    'a policy in Latin-1',
    [rewrite(access, text => Buffer.from(text.replace('writing', 'schriftlich für'), 'latin1'))],
    [gap('unparsed', access, undefined, documentChecks)],
  ],
  [
    'a fence that is never closed',
    [edit(plan, '## Clocks', '```\n## Clocks')],
    [gap('unparsed', plan, '```', documentChecks)],
  ],
  [
    'a comment that is never closed',
    [edit(plan, '## Clocks', '<!--\n## Clocks')],
    [gap('unparsed', plan, '<!--', documentChecks)],
  ],
  [
    'no policy at all',
    [
      'security-and-privacy-policy',
      'access-control-policy',
      'incident-response-plan',
      'readiness-brief',
      'business-associate-agreement.template',
    ].map(name => remove(`docs/compliance/${name}.md`)),
    [
      unsure(identity, '.'),
      unsure(reviewed, '.'),
      ...policyHistory.map(check => unsure(check, '.')),
      becomes(effective, 'empty'),
      becomes(placeholders, 'empty'),
      becomes(proofread, 'empty'),
    ],
  ],
  ['a review without a day', [edit(access, 'date: 2026-08-03, by', 'by')], [violates(reviewed, access, 'by: Jonna')]],
  [
    'a date in code',
    [
      rewrite(access, text =>
        text.replace(
          /^---[\s\S]*?\n---\n# Access Control Policy\n/,
          '# Access Control Policy\n\n**Owner:** Ines Falkner  \n**Approved by:** Tomas Reuter, Managing Director  \n**Version:** 1.4  \n**Effective date:** `$(date +%F)`  \n**Last reviewed:** 2026-08-03  \n',
        ),
      ),
    ],
    [violates(effective, access, '$(date')],
  ],
  [
    'a blank as the text of a link',
    [edit(plan, 'the tracker.', '[TBD](https://tracker.example).')],
    [violates(placeholders, plan, 'TBD')],
  ],
  [
    'a policy in a folder nobody declared',
    [add('policies/data-retention-policy.md', '# Data Retention Policy\n\nRecords are kept for ____ years.\n')],
    [
      violates(identity, 'policies/data-retention-policy.md', '# Data'),
      violates(effective, 'policies/data-retention-policy.md', '# Data'),
      violates(reviewed, 'policies/data-retention-policy.md', '# Data'),
      violates(placeholders, 'policies/data-retention-policy.md', '____'),
    ],
  ],
  [
    'a policy with a name in capitals',
    [
      rename(access, 'docs/compliance/ACCESS.MD'),
      edit('docs/compliance/ACCESS.MD', 'owner: Ines Falkner (Head of Platform)\n', ''),
    ],
    [violates(identity, 'docs/compliance/ACCESS.MD', 'title: Access')],
  ],
]

changeOneThing('policy documents', documents)
