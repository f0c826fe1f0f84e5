import { Command, CommanderError, Option } from 'commander'
import { type Terminal, UsageError } from './cli/usage.ts'
import { severities } from './model.ts'
import { nearest } from './policy/complaint.ts'
import { formats } from './report/index.ts'

/** Commands of the contract that later versions bring: named, so that nobody mistakes silence for success. */
const unbuiltCommands = ['init', 'test', 'attest', 'bundle', 'verify', 'window', 'rollup'] as const

const examples = `
Examples:
  iip-audit check                                    this folder, both frameworks
  iip-audit check --format sarif=audit.sarif         text on the terminal, SARIF in a file
  iip-audit check --endpoint example.org:443         also probe this TLS endpoint
  iip-audit check --ci-logs logs/ --report bandit=bandit.json
  iip-audit check --framework soc2:security,availability --fail-on medium
  iip-audit network --format svg=networks.svg        who is on which network, as a picture
  iip-audit explain tests-block-the-merge            what, why, how to fix, and what it says here

Exit code: 0 nothing at or above --fail-on · 1 findings · 2 usage, policy or report not writable
           3 --strict and something undecided · 4 a bug in iip-audit (everything else was judged)`

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** argv (without node and script) → exit code. Knows commander; everything it does is in cli/. */
export const run = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  let code = 0
  const program = new Command('iip-audit')
    .description('Which SOC 2 criteria and HIPAA safeguards does the evidence here support, contradict, or leave open?')
    .version(await versionOf(), '--version', 'print the version')
    .helpOption('--help', 'show help')
    .helpCommand(false)
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({ writeOut: text => void terminal.out(text), writeErr: terminal.err })
    .showSuggestionAfterError(true)
    .usage('<command> [options]')
    .argument('[command]')
    .action((command: string | undefined) => {
      if (command !== undefined) {
        const near = nearest(
          command,
          program.commands.map(c => c.name()),
        )
        throw new UsageError(
          `no command "${command}"${near === undefined ? '; see --help' : ` (did you mean "${near}"?)`}`,
        )
      }
      program.outputHelp()
      code = 2
    })

  program
    .command('check')
    .description('check a repository; reads only, opens no socket unless --endpoint asks for it')
    .argument('[path]', 'folder to check', '.')
    .option('--framework <id>', 'soc2, hipaa; soc2:security,availability picks categories; repeatable', collect, [])
    .option('--control <id>', 'only this control; repeatable', collect, [])
    .option('--check <id>', 'only this check; repeatable', collect, [])
    .option(
      '--format <name[=file]>',
      `${formats
        .filter(f => 'load' in f)
        .map(f => f.name)
        .join(', ')}; repeatable, at most one without =file`,
      collect,
      [],
    )
    .option('--profile <file>', 'profile to use (default: iip-audit.yaml in the target)')
    .option('--endpoint <host:port>', 'probe this TLS endpoint; repeatable', collect, [])
    .option('--ca <file>', 'PEM file with more roots for endpoints; repeatable', collect, [])
    .option(
      '--allowed-signers <file>',
      'SSH keys whose signatures count (allowed signers file); repeatable',
      collect,
      [],
    )
    .option('--keyring <file>', 'OpenPGP keys whose signatures count; repeatable', collect, [])
    .option('--revoked-keys <file>', 'SSH keys whose signatures no longer count; repeatable', collect, [])
    .option('--ci-logs <path>', 'CI log, or a folder of them; repeatable', collect, [])
    .option('--report <tool=file>', 'report of a tool (bandit, pip-audit); repeatable', collect, [])
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 for findings at or above this')
        .choices(['none', ...severities])
        .default('high'),
    )
    .option('--strict', 'exit 3 when a control is inconclusive; --strict=all: not run and manual as well')
    .addOption(new Option('--strict-all').hideHelp())
    .option('--as-of <date>', 'the day verdicts are for (default: today, UTC)')
    .option('--all', 'show every finding, row and gap')
    .option('--quiet', 'print the closing lines only')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .addOption(new Option('--live').hideHelp())
    .addOption(new Option('--policy-from <rev>').hideHelp())
    .addOption(new Option('--since <rev>').hideHelp())
    .addOption(new Option('--baseline <report.json>').hideHelp())
    .action(async (path: string, options: Record<string, unknown>) => {
      const { check } = await import('./cli/check.ts')
      code = await check(path, options, terminal)
    })

  program
    .command('controls')
    .description('list the controls; one control with its criteria, checks and parameters')
    .argument('[id]', 'control, for example IIP-CHG-03')
    .addOption(new Option('--format <name>', 'text or json').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colours')
    .action(async (id: string | undefined, options: { format: 'text' | 'json' }) => {
      const { controls } = await import('./cli/controls.ts')
      code = await controls(id, options.format, terminal)
    })

  program
    .command('explain')
    .description('a check, control, criterion, gap cause or exit code: what, why, fix, and what it says of this tree')
    .argument('<id>', 'for example tests-block-the-merge, IIP-CRY-01, CC6.1, "164.312(b)", unresolved, exit-3')
    .option('--no-color', 'no colours')
    .action(async (id: string) => {
      const { explain } = await import('./cli/explain.ts')
      code = await explain(id, terminal)
    })

  program
    .command('gates')
    .description('which gate can say no, on which way to release: a table, and the line that breaks each')
    .argument('[path]', 'folder to look at', '.')
    .addOption(
      new Option('--format <name>', 'text, markdown or json').choices(['text', 'markdown', 'json']).default('text'),
    )
    .option('--profile <file>', 'profile to use (default: iip-audit.yaml in the target)')
    .option('--no-color', 'no colours')
    .action(
      async (path: string, options: { format: 'text' | 'markdown' | 'json'; profile?: string; color: boolean }) => {
        const { gates } = await import('./cli/gates.ts')
        code = await gates(path, options, terminal)
      },
    )

  program
    .command('network')
    .description(
      'who is on which network, what is published, and what is wrong with it: a table, a picture, a document',
    )
    .argument('[path]', 'folder to look at', '.')
    .option(
      '--format <name[=file]>',
      'text, markdown, mermaid, svg, json; repeatable, at most one without =file',
      collect,
      [],
    )
    .option('--set <name>', 'only this deployment: its files as the table names them')
    .option('--profile <file>', 'profile to use (default: iip-audit.yaml in the target)')
    .option('--no-color', 'no colours')
    .action(
      async (path: string, options: { format: readonly string[]; set?: string; profile?: string; color: boolean }) => {
        const { network } = await import('./cli/network.ts')
        code = await network(path, options, terminal)
      },
    )

  for (const name of unbuiltCommands)
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .action(() => {
        throw new UsageError(`${name} is not built yet`)
      })

  try {
    await program.parseAsync(strictly(argv), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`iip-audit: ${error.message}\n`)
      return 2
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

/** `--strict` takes its value only after `=`, so that `--strict .` still names the folder. */
const strictly = (argv: readonly string[]): string[] =>
  argv.map(word => {
    if (word === '--strict=all') return '--strict-all'
    if (word.startsWith('--strict=')) throw new UsageError(`--strict takes no value but "all", not "${word.slice(9)}"`)
    return word
  })

const versionOf = async (): Promise<string> => {
  const { version } = await import('./cli/version.ts')
  return version
}

/** What a shell expects of a program that a signal ended: 128 and the signal's number. */
const stops = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** The door of bin/iip-audit.js: the only place that touches the process. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const abort = new AbortController()
  // Whoever wants us gone is obeyed once the programs we started are gone too; a second time at once, as without us.
  let stoppedBy: keyof typeof stops | undefined
  for (const signal of Object.keys(stops) as (keyof typeof stops)[])
    process.once(signal, () => {
      stoppedBy ??= signal
      abort.abort(new DOMException('interrupted', 'AbortError'))
    })
  let closed = false
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') closed = true
    else throw error
  })
  const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const terminal: Terminal = {
    out: text =>
      new Promise(done => {
        if (closed || text === '') done()
        else if (process.stdout.write(text)) done()
        else {
          const drained = () => {
            process.stdout.off('drain', drained)
            process.stdout.off('error', drained)
            done()
          }
          process.stdout.once('drain', drained).once('error', drained)
        }
      }),
    err: text => void process.stderr.write(text),
    outIsTty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    env: process.env,
    today: epoch !== undefined && /^\d{1,11}$/.test(epoch) ? day(Number(epoch)) : day(Date.now() / 1000),
    clock: () => performance.now(),
    now: () => new Date().toISOString(),
    signal: abort.signal,
  }
  try {
    return await run(argv, terminal)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`iip-audit: ${error.message}\n`)
      return 2
    }
    if (abort.signal.aborted) {
      terminal.err('iip-audit: interrupted; no report was completed\n')
      return stops[stoppedBy ?? 'SIGINT']
    }
    terminal.err(
      `iip-audit: a bug in iip-audit: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    return 4
  }
}
