import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'git-tracks-no-data',
  about: 'git.tracked-file',
  asks: () => [{ kind: 'git.tracked-file' }],
  ifNone: { unsure: 'no tracked file to judge' },
  title: 'No database, dump with rows, backup copy or log is tracked.',
  why: 'Data in a repository escapes every safeguard of the system it came from: access control, retention, deletion. A backup copy may hold an old secret, and is never patched.',
  fix: '`git rm --cached` the file, ignore its kind, and keep data in the store that has the controls; check whether it held personal data.',
  samples: { bad: 'git add analytics.duckdb', good: "echo '*.duckdb' >> .gitignore" },
  source: '45 CFR 164.310(d)(1), 164.312(a)(1); SOC 2 C1.1',
  blind:
    'CSV, Parquet and other exports are not told from source files, and archives by their names only. Whether a database holds personal data is not looked at, and neither are earlier commits.',
  confidence: 'high',
  judge: ({ data }) => {
    if (data.is === 'rest')
      return { verdict: 'conforms', observed: `${data.files} tracked files are no database, dump, backup or log` }
    switch (data.holds) {
      case 'database':
      case 'database dump':
        return {
          verdict: 'violates',
          observed: `${data.holds}, tracked, ${data.bytes} bytes`,
          message: `${data.uri} is a ${data.holds} of ${data.bytes.toLocaleString('en')} bytes, tracked in the repository`,
        }
      case 'backup copy':
      case 'log':
        return {
          verdict: 'violates',
          severity: 'low',
          observed: `${data.holds}, tracked`,
          message: `${data.uri} is a ${data.holds} and is tracked`,
        }
      case 'environment file':
      case 'private key':
      case 'key store':
      case 'Terraform state':
      case undefined:
        return { verdict: 'exempt', reason: 'no data file' }
    }
  },
})
