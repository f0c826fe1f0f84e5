import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'dockerfile-holds-no-secret',
  about: 'dockerfile.variable',
  asks: () => [{ kind: 'dockerfile.variable' }],
  ifNone: 'not-applicable',
  title: 'No credential is written into a Dockerfile or kept in an image.',
  why: 'ENV, ARG and the text of every RUN are part of the image’s configuration and history: whoever can pull the image reads them, and deleting them in a later layer changes nothing.',
  fix: 'Lend it to the one command that needs it: `RUN --mount=type=secret,id=npm …`; give credentials of the running container at deployment. Rotate what stood there.',
  samples: {
    bad: 'FROM node:24\nARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\nRUN npm ci\n',
    good: 'FROM node:24\nRUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci\n',
  },
  source: 'CIS Docker Benchmark 4.10; docs.docker.com, Build secrets; BuildKit check SecretsUsedInArgOrEnv',
  blind:
    'Credentials are recognised by the names of variables and flags, and in URLs; files copied into the image are not read.',
  confidence: 'high',
  judge: ({ data }) => {
    const { name, by, credential, value } = data
    switch (value.is) {
      case 'literal': {
        const observed = `${by} ${name}: ${a(credential)} written in the file`
        return { verdict: 'violates', observed, message: `${observed}, and readable in every image built from it` }
      }
      case 'kept argument': {
        const observed = `ENV ${name} keeps the build argument ${value.argument}`
        return { verdict: 'violates', observed, message: `${observed}: the ${credential} stays in the image` }
      }
      case 'build argument': {
        const observed = `ARG ${name}: ${a(credential)} passed as a build argument`
        return {
          verdict: 'violates',
          severity: 'low',
          observed,
          message: `${observed}, which the image’s history and its provenance record`,
        }
      }
      case 'dummy':
        return { verdict: 'exempt', reason: `${by} ${name} is given a value that calls itself a dummy` }
      case 'empty':
        return { verdict: 'exempt', reason: `${by} ${name} is empty: no credential in the file` }
      case 'mounted':
        return { verdict: 'conforms', observed: `the secret ${name} is mounted for one RUN` }
    }
  },
})

/** `a password`, `an API key`, `credentials`. */
const a = (kind: string): string => (kind === 'credentials' ? kind : `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`)
