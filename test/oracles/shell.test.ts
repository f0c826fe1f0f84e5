import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type Ending, endingOf, type ShellFlags } from '../../src/collect/exit-status.ts'
import { constantOf, nodesOf, parseShell } from '../../src/parse/shell.ts'

/**
 * The oracle is the real shell: `gate` is a program that exits 1, `build`, `upload` and the like exit 0, and each script
 * is started with the command line the runner uses. Where we say "fails" or "succeeds" the real exit status must agree.
 */
const shells = {
  /** No `shell:` on Linux and macOS. */
  default: { argv: ['bash', '-e'], flags: { dialect: 'bash', errexit: true, pipefail: false } },
  /** `shell: bash`. */
  bash: {
    argv: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
    flags: { dialect: 'bash', errexit: true, pipefail: true },
  },
  /** `shell: sh`, and the default in a container. */
  sh: { argv: ['dash', '-e'], flags: { dialect: 'sh', errexit: true, pipefail: false } },
  /** `shell: bash -l {0}`: a login shell, and no `-e`. */
  login: { argv: ['bash', '-l'], flags: { dialect: 'bash', errexit: false, pipefail: false } },
} as const satisfies Record<string, { argv: readonly string[]; flags: ShellFlags }>
type Shell = keyof typeof shells

const here = spawnSync('bash', ['-c', 'exit 0']).status === 0 && spawnSync('dash', ['-c', 'exit 0']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'iip-shell-'))
for (const [name, status] of [
  ['gate', 1],
  ['build', 0],
  ['upload', 0],
  ['notify', 0],
] as const) {
  writeFileSync(join(folder, name), `#!/bin/sh\nexit ${status}\n`)
  chmodSync(join(folder, name), 0o755)
}
// /etc/profile sets PATH anew for a login shell.
writeFileSync(join(folder, '.bash_profile'), `PATH=${folder}:/usr/bin:/bin\n`)
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
const real = (script: string, shell: Shell): boolean => {
  const file = join(folder, `script-${count++}`)
  writeFileSync(file, script)
  const [program = '', ...args] = shells[shell].argv
  const ran = spawnSync(program, [...args, file], {
    cwd: folder,
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
    timeout: 5000,
    input: '',
  })
  return ran.status !== 0
}

const ours = (text: string, shell: Shell): Ending => {
  const script = parseShell(text)
  const failing = new Set(
    [...nodesOf(script.tree)]
      .filter(n => n.type === 'Command')
      .filter(c => {
        const words = [c.name, ...c.suffix].flatMap(w => (w?.type === 'Word' ? [constantOf(w)] : []))
        return (
          words[0] === 'gate' ||
          (words[0] === 'exec' && words[1] === 'gate') ||
          (words[0] === 'command' && words[1] === 'gate')
        )
      }),
  )
  return endingOf({
    script,
    flags: shells[shell].flags,
    failing,
    times: 'any',
    follow: () => undefined,
    // The folder the real shell starts in holds the programs, and nothing else that is asked for.
    exists: path => ['build', 'gate', 'upload', 'notify', '.'].includes(path) || undefined,
  })
}

const judged = (ending: Ending): boolean | undefined =>
  ending.is === 'fails' ? true : ending.is === 'succeeds' ? false : undefined

/** As people write them. */
const handWritten: readonly (readonly [script: string, ...shells: Shell[]])[] = [
  ['gate', 'default', 'bash', 'sh', 'login'],
  ['build\ngate\nupload', 'default', 'bash', 'sh', 'login'],
  ['gate || true', 'default', 'bash', 'sh'],
  ['gate || :', 'default'],
  ['gate || echo "tests failed, continuing"', 'default', 'sh'],
  ['gate || exit 0', 'default', 'sh'],
  ['gate || exit 1', 'default', 'login'],
  ['gate || (echo failed; exit 1)', 'default'],
  ['gate || { echo failed; exit 1; }\nupload', 'default', 'login'],
  ['gate || { echo failed; }', 'default'],
  ['gate; true', 'default', 'bash', 'sh', 'login'],
  ['set +e\ngate\nupload', 'default', 'bash', 'sh'],
  ['set +e\ngate', 'default'],
  ['set +e\ngate\nrc=$?\nupload\nexit $rc', 'default', 'sh'],
  ['set +e\ngate\nrc=$?\nset -e\nif [ $rc -ne 0 ]; then\n  echo bad\n  exit $rc\nfi\n', 'default', 'sh'],
  ['set +e\ngate\nrc=$?\nset -e\nif [ $rc -ne 0 ]; then\n  echo bad\nfi\n', 'default', 'sh'],
  ['set -euo pipefail\ngate | tee log', 'default', 'bash'],
  ['gate | tee log', 'default', 'bash', 'sh', 'login'],
  ['gate 2>&1 | tee log\nexit ${PIPESTATUS[0]}', 'default'],
  ['gate | tee log; test ${PIPESTATUS[0]} -eq 0', 'default'],
  ['build | gate', 'default', 'bash', 'sh', 'login'],
  ['if gate; then\n  upload\nfi', 'default'],
  ['if gate; then\n  upload\nelse\n  exit 1\nfi', 'default', 'login'],
  ['if ! gate; then\n  echo broken\n  exit 1\nfi\nupload', 'default', 'sh'],
  ['if ! gate; then\n  echo broken\nfi\nupload', 'default', 'sh'],
  ['! gate', 'default', 'sh'],
  ['! gate\nupload', 'default'],
  ['gate &', 'default', 'sh'],
  ['gate &\nwait', 'default', 'sh'],
  ['gate &\nwait $!', 'default', 'sh'],
  ['build && gate', 'default', 'sh', 'login'],
  ['build && gate && upload', 'default', 'sh'],
  ['build && gate && upload\necho done', 'default', 'sh'],
  ['build && gate\necho done', 'default', 'sh', 'login'],
  ['gate && upload || notify', 'default'],
  ['gate && upload || exit 1', 'default'],
  ['f() {\n  gate\n  echo done\n}\nf', 'default', 'sh', 'login'],
  ['f() {\n  gate\n  echo done\n}\nf || exit 1', 'default', 'sh'],
  ['f() { build && gate; }\nf\nupload', 'default', 'sh'],
  ['f() {\n  gate\n  return $?\n}\nf || true', 'default'],
  ['f() {\n  set -e\n  gate\n}\nf', 'login'],
  ['out=$(gate)\necho "$out"', 'default', 'sh', 'login'],
  ['echo "$(gate)"', 'default', 'sh'],
  ['export OUT=$(gate)', 'default', 'sh'],
  ['f() { local out=$(gate); echo $out; }\nf', 'default'],
  ['out=$(gate; echo done)', 'default', 'sh'],
  ['out=$(gate) || true', 'default'],
  ['(cd . && gate)', 'default', 'sh'],
  ['(gate; upload)', 'default', 'sh', 'login'],
  ['{ gate; upload; } > log 2>&1', 'default', 'login'],
  ['for v in 1 2 3; do\n  gate $v\ndone', 'default', 'sh'],
  ['for v in 1 2 3; do gate $v || failed=1; done\nexit ${failed:-0}', 'default'],
  ['failed=0\nfor v in 1 2 3; do gate $v || failed=1; done\nexit $failed', 'default', 'sh'],
  ['for i in 1 2 3; do gate && break; sleep 0; done', 'default', 'sh'],
  ['while read -r line; do gate "$line"; done < /dev/null', 'default'],
  ["trap 'echo cleanup' EXIT\ngate", 'default', 'sh'],
  ["trap 'exit 0' EXIT\ngate", 'default', 'sh'],
  ["trap 'rm -f x; exit 0' ERR\ngate", 'default'],
  ["cat <<'EOF' > notes\ngate || true\nEOF\ngate", 'default', 'sh'],
  ['echo gate\n# gate || true\ngate', 'default'],
  ['exec gate', 'default', 'login'],
  ['exec gate\ntrue', 'default', 'sh'],
  ['exec > log\ngate', 'default'],
  ['case x in\n  x) gate ;;\n  *) upload ;;\nesac', 'default', 'sh'],
  ['case x in y) gate ;; *) gate || true ;; esac', 'default'],
  ['gate \\\n  --flag \\\n  || true', 'default', 'sh'],
  ['[ 1 = 1 ] && gate', 'default', 'sh'],
  ['[[ -n x ]] && gate || exit 3', 'default'],
  ['errors=0\ngate || errors=$((errors+1))\nif (( errors > 0 )); then exit 1; fi', 'default'],
  ['errors=0\ngate || ((errors++)) || true\n[ "$errors" -eq 0 ]', 'default'],
  ['gate || rc=$?\n[ "${rc}" -eq 0 ] || exit "$rc"', 'default'],
  ['set -e\ngate\nupload', 'login'],
  ['gate > >(tee log)', 'default', 'bash'],
  ['diff <(gate) /dev/null', 'default'],
  ['until ! gate; do :; done', 'default'],
  ['time gate', 'default'],
  ['command gate', 'default', 'sh'],
  ['A=1 B="$(build)" gate --x', 'default', 'sh'],
  ['gate; exit 0', 'default', 'sh', 'login'],
  ['gate; exit', 'default', 'login'],
  ['gate\nexit $?', 'login'],
  ['set -o errexit\ngate\nupload', 'login'],
  ['shopt -s inherit_errexit\nout=$(gate; echo x)', 'default'],
  ['gate\nx=$([ $? -eq 0 ])', 'login', 'default'],
  ['gate\nx=$(exit $?)\ny=1', 'login'],
  // A name of its own for the gate.
  ['gate() { :; }\ngate', 'default', 'sh'],
  ['gate() { command gate "$@"; }\ngate', 'default', 'sh'],
  ['gate() { command gate; echo done; }\ngate', 'default', 'login'],
  ['gate\ngate() { :; }', 'default', 'sh'],
  ['f() { gate() { :; }; }\ngate', 'default', 'sh'],
  ['(gate() { :; }; gate)', 'default', 'sh'],
  ['alias gate=true\ngate', 'default', 'bash'],
  ['gate() { :; }\nunset -f gate\ngate', 'default', 'sh'],
  // Files that are, or are not, there.
  ['if [ -f build ]; then gate; fi', 'default', 'sh'],
  ['[[ -x build ]] && gate', 'default'],
  ['[ -d . ] && gate', 'default', 'sh'],
  ['[ -e build ] || exit 0\ngate', 'default', 'sh'],
  ['test -f build && gate || exit 1', 'default', 'sh'],
  ['[ ! -f build ] || gate', 'default', 'sh'],
  ['[ ! -f build ] && exit 0\ngate', 'default', 'sh'],
  // What runners such as tox and just make of a line.
  ['gate arg || exit $?', 'default', 'sh', 'login'],
  ['{ gate; } 2>&1', 'default', 'sh'],
  ['gate 2>/dev/null', 'default', 'login'],
  ['(set +e; gate; exit 0)', 'default', 'sh'],
  ['(set +e; gate)', 'default', 'sh'],
  ['set -o pipefail\ngate | tee log | cat', 'default', 'bash'],
  ['gate |& tee log', 'default', 'bash'],
  ['if gate; then :; elif build; then exit 1; fi', 'default', 'sh'],
  ['gate || { build && exit 1; }', 'default', 'sh'],
  ['gate || { build || exit 1; }', 'default', 'sh'],
  ['rc=0; gate || rc=$?; exit $rc', 'default', 'sh', 'login'],
  ['rc=0; gate || rc=$?; echo $rc', 'default', 'sh'],
  ['while ! gate; do exit 1; done', 'default', 'sh'],
  ['for i in 1 2; do gate && exit 0; done; exit 1', 'default', 'sh'],
  ['case $(build; echo $?) in 0) gate ;; esac', 'default', 'sh'],
  ['exec 3>&1\ngate >&3', 'default', 'sh'],
  ['gate <<< text', 'default'],
  ['declare -i n=0\ngate || n+=1\nexit $n', 'default'],
]

describe.skipIf(!here)('a script ends as the real shell ends it', () => {
  test('hand-written scripts: every answer is right, and fewer than one in ten is unknown', () => {
    const wrong: string[] = []
    const unknown: string[] = []
    let total = 0
    for (const [script, ...names] of handWritten)
      for (const shell of names) {
        total++
        const ending = ours(script, shell)
        const says = judged(ending)
        if (says === undefined) unknown.push(`${shell}: ${script}: ${'because' in ending ? ending.because : ''}`)
        else if (says !== real(script, shell))
          wrong.push(`${shell}: ${JSON.stringify(script)}: ${JSON.stringify(ending.is)}`)
      }
    expect(wrong).toEqual([])
    expect(unknown.length, unknown.join('\n')).toBeLessThan(total / 10)
  })

  test('generated scripts: every answer is right', () => {
    const sample = fc.sample(
      fc.record({ script: scripts, shell: fc.constantFrom<Shell>('default', 'bash', 'sh', 'login') }),
      {
        numRuns: Number(process.env['IIP_ORACLE_RUNS'] ?? 400),
        seed: Number(process.env['IIP_ORACLE_SEED'] ?? 20261124),
      },
    )
    const wrong: string[] = []
    let known = 0
    for (const { script, shell } of sample) {
      const says = judged(ours(script, shell))
      if (says === undefined) continue
      known++
      if (says !== real(script, shell)) wrong.push(`${shell} (${says ? 'fails' : 'succeeds'}):\n${script}`)
    }
    expect(wrong.slice(0, 5).join('\n---\n')).toBe('')
    expect(known).toBeGreaterThan(sample.length / 2)
  })
})

/** Statements around one `gate`, in every construct whose status bash treats in a way of its own. */
const { script: scripts } = fc.letrec<{ script: string; statement: string; list: string; plain: string }>(tie => ({
  plain: fc.constantFrom(
    'gate',
    'gate',
    'gate',
    'build',
    'true',
    'false',
    'upload > /dev/null',
    'rc=$?',
    '[ $? -eq 0 ]',
    'test x = y',
  ),
  list: fc
    .tuple(fc.oneof({ maxDepth: 3 }, tie('plain'), tie('statement')), fc.array(tie('plain'), { maxLength: 1 }))
    .map(([a, rest]) => [a, ...rest].join('\n')),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: false },
    tie('plain'),
    fc.tuple(tie('plain'), fc.constantFrom('&&', '||'), tie('plain')).map(p => p.join(' ')),
    fc
      .tuple(tie('plain'), fc.constantFrom('&&', '||'), tie('plain'), fc.constantFrom('&&', '||'), tie('plain'))
      .map(p => p.join(' ')),
    fc.tuple(tie('plain'), tie('plain')).map(([a, b]) => `${a} | ${b}`),
    tie('plain').map(a => `! ${a}`),
    tie('plain').map(a => `${a} &\nwait $!`),
    tie('list').map(l => `(\n${l}\n)`),
    tie('list').map(l => `{\n${l}\n}`),
    fc.tuple(tie('list'), fc.constantFrom('', ' || true', ' && build', ' || exit 3')).map(([l, t]) => `(\n${l}\n)${t}`),
    fc.tuple(tie('list'), fc.constantFrom('', ' || true', ' && build', ' | cat')).map(([l, t]) => `{\n${l}\n}${t}`),
    fc.tuple(tie('plain'), tie('list')).map(([c, l]) => `if ${c}; then\n${l}\nfi`),
    fc.tuple(tie('plain'), tie('list'), tie('list')).map(([c, l, e]) => `if ! ${c}; then\n${l}\nelse\n${e}\nfi`),
    tie('list').map(l => `for i in 1 2; do\n${l}\ndone`),
    tie('list').map(l => `while true; do\n${l}\nbreak\ndone`),
    tie('list').map(l => `case a in\nb) build ;;\na)\n${l}\n;;\nesac`),
    tie('list').map(l => `x=$(\n${l}\n)`),
    tie('list').map(l => `export x=$(\n${l}\n)`),
    fc
      .tuple(tie('list'), fc.constantFrom('f', 'f || true', 'f && build', '! f', 'if f; then build; fi'))
      .map(([l, use]) => `f() {\n${l}\n}\n${use}`),
    fc.constantFrom('set +e', 'set -e', 'exit 0', 'exit $rc', 'exit', "trap 'build' EXIT", "trap 'exit 0' EXIT"),
  ),
  script: fc
    .tuple(fc.array(tie('statement'), { maxLength: 2 }), tie('list'), fc.array(tie('statement'), { maxLength: 2 }))
    .map(([before, list, after]) => [...before, list, ...after].join('\n')),
}))
