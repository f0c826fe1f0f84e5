/**
 * Tokens that say what they are by a beginning of their own: facts about formats, from the documents of those who issue
 * them. `begins` are the first two characters it can have, `within` what it holds where its beginning varies: cheap looks
 * that come before `is`. Every repetition is bounded, so that a text is gone through in linear time.
 */
interface SecretFormat {
  readonly kind: string
  readonly begins?: string
  readonly within?: string
  readonly is: string
}

const word = '[A-Za-z0-9]'
const url = '[\\w-]'

const secretFormats: readonly SecretFormat[] = [
  { kind: 'AWS access key', begins: 'AB AC AK AS', is: '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}' },
  { kind: 'AWS Bedrock key', begins: 'AB', is: 'ABSK[A-Za-z0-9+/]{109,269}={0,2}' },
  { kind: 'GitHub token', begins: 'gh', is: `gh[pousr]_${word}{36,255}` },
  { kind: 'GitHub token', begins: 'gi', is: 'github_pat_[A-Za-z0-9_]{40,255}' },
  { kind: 'GitLab token', begins: 'gl', is: `gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-${url}{20,255}` },
  { kind: 'Slack token', begins: 'xo', is: 'xox[abeoprs]-[A-Za-z0-9-]{10,255}' },
  { kind: 'Slack token', begins: 'xa', is: 'xapp-\\d-[A-Z0-9]{8,20}-\\d{8,20}-[a-z0-9]{40,80}' },
  {
    kind: 'Slack webhook',
    begins: 'ht',
    is: 'https://hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{30,255}',
  },
  {
    kind: 'Discord webhook',
    begins: 'ht',
    is: `https://(?:\\w{2,8}\\.)?discord(?:app)?\\.com/api/webhooks/\\d{17,20}/${url}{60,90}`,
  },
  {
    kind: 'Teams webhook',
    within: '.webhook.office.com',
    is: 'https://[\\w-]{1,60}\\.webhook\\.office\\.com/webhookb2/[\\w@/-]{80,255}',
  },
  { kind: 'Stripe key', begins: 'rk sk', is: `[rs]k_(?:live|test)_${word}{16,255}` },
  { kind: 'webhook secret', begins: 'wh', is: 'whsec_[A-Za-z0-9+/]{24,100}={0,2}' },
  { kind: 'Google API key', begins: 'AI', is: `AIza${url}{35}` },
  { kind: 'Google OAuth secret', begins: 'GO', is: `GOCSPX-${url}{28}` },
  { kind: 'Google access token', begins: 'ya', is: `ya29\\.${url}{30,400}` },
  { kind: 'SendGrid key', begins: 'SG', is: `SG\\.${url}{20,24}\\.${url}{39,50}` },
  { kind: 'Brevo key', begins: 'xk', is: 'xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}' },
  { kind: 'Mailgun key', begins: 'ke', is: 'key-[0-9a-f]{32}' },
  { kind: 'Anthropic key', begins: 'sk', is: `sk-ant-${url}{40,255}` },
  { kind: 'OpenAI key', begins: 'sk', is: `sk-(?:(?:proj|svcacct|admin|None)-${url}{20,255}|${word}{20,60})` },
  { kind: 'Hugging Face token', begins: 'ap hf', is: `(?:hf_|api_org_)${word}{30,60}` },
  { kind: 'Replicate token', begins: 'r8', is: `r8_${word}{37,40}` },
  { kind: 'Groq key', begins: 'gs', is: `gsk_${word}{50,60}` },
  { kind: 'Perplexity key', begins: 'pp', is: `pplx-${word}{40,60}` },
  { kind: 'npm token', begins: 'np', is: `npm_${word}{36}` },
  { kind: 'PyPI token', begins: 'py', is: `pypi-AgE${url}{50,400}` },
  { kind: 'RubyGems key', begins: 'ru', is: 'rubygems_[a-f0-9]{48}' },
  { kind: 'crates.io token', begins: 'ci', is: `cio${word}{32}` },
  { kind: 'NuGet key', begins: 'oy', is: 'oy2[a-z0-9]{43}' },
  { kind: 'Docker token', begins: 'dc', is: `dckr_(?:pat|oat)_${url}{20,255}` },
  { kind: 'Shopify token', begins: 'sh', is: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}' },
  { kind: 'DigitalOcean token', begins: 'do', is: 'do[opr]_v1_[a-f0-9]{64}' },
  { kind: 'Heroku key', begins: 'HR', is: `HRKU-${url}{36,64}` },
  { kind: 'Databricks token', begins: 'da', is: 'dapi[a-h0-9]{32}(?:-\\d)?' },
  { kind: 'Linear key', begins: 'li', is: `lin_(?:api|oauth)_${word}{40,64}` },
  { kind: 'Notion token', begins: 'nt', is: `ntn_${word}{40,50}` },
  { kind: 'Notion token', begins: 'se', is: `secret_${word}{43}` },
  { kind: 'Figma token', begins: 'fi', is: `fig[duor]_${url}{40}` },
  { kind: 'Atlassian token', begins: 'AT', is: 'ATATT3[A-Za-z0-9_=-]{100,255}' },
  { kind: 'Bitbucket token', begins: 'AT', is: 'AT(?:BB|CTT3)[A-Za-z0-9_=-]{28,255}' },
  { kind: 'Postman key', begins: 'PM', is: 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}' },
  { kind: 'Airtable token', begins: 'pa', is: `pat${word}{14}\\.[a-f0-9]{64}` },
  { kind: 'Doppler token', begins: 'dp', is: 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,60}' },
  { kind: 'Vault token', begins: 'hv', is: `hv[sbr]\\.${url}{24,255}` },
  { kind: 'Terraform Cloud token', within: '.atlasv1.', is: `${word}{14}\\.atlasv1\\.[A-Za-z0-9=_-]{60,70}` },
  { kind: 'Grafana token', begins: 'gl', is: `glsa_${word}{32}_[a-f0-9]{8}` },
  { kind: 'Grafana token', begins: 'gl', is: 'glc_[A-Za-z0-9+/]{32,400}={0,2}' },
  { kind: 'New Relic key', begins: 'NR', is: 'NR(?:AK|JS|II)-[A-Za-z0-9]{19,42}' },
  { kind: 'Sentry token', begins: 'sn', is: 'sntry[su]_[A-Za-z0-9+/=_]{40,400}' },
  { kind: 'PlanetScale token', begins: 'ps', is: 'pscale_(?:tkn|pw|oauth)_[\\w=.-]{32,64}' },
  { kind: 'Supabase token', begins: 'sb', is: 'sb(?:p_|_secret_)[A-Za-z0-9_-]{30,60}' },
  { kind: 'Fly token', begins: 'fo', is: `fo1_${url}{43}` },
  { kind: 'Telegram token', within: ':AA', is: `\\d{8,10}:AA${url}{32,34}` },
  { kind: 'Square token', begins: 'sq', is: `sq0(?:csp|atp|idp)-${url}{22,43}` },
  { kind: 'PayPal token', begins: 'ac', is: 'access_token\\$(?:production|sandbox)\\$[0-9a-z]{16}\\$[0-9a-f]{32}' },
  { kind: 'age key', begins: 'AG', is: 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}' },
  { kind: '1Password token', begins: 'op', is: 'ops_eyJ[A-Za-z0-9+/]{100,2000}={0,2}' },
  { kind: 'SonarQube token', begins: 'sq', is: 'sq[upa]_[a-f0-9]{40}' },
  { kind: 'Tailscale key', begins: 'ts', is: 'tskey-[a-z]{3,10}-[A-Za-z0-9]{6,20}-[A-Za-z0-9]{20,60}' },
  { kind: 'Dynatrace token', begins: 'dt', is: 'dt0[a-z]\\d\\d\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}' },
  { kind: 'Alibaba key', begins: 'LT', is: `LTAI${word}{20}` },
  { kind: 'Pulumi token', begins: 'pu', is: 'pul-[a-f0-9]{40}' },
  { kind: 'Prefect key', begins: 'pn', is: `pn[ub]_${word}{36}` },
  { kind: 'Typeform token', begins: 'tf', is: 'tfp_[\\w.=-]{59}' },
  { kind: 'Artifactory key', begins: 'AK', is: `AKCp${word}{69}` },
  { kind: 'Buildkite token', begins: 'bk', is: 'bk[ua]a?_[a-f0-9]{40}' },
  { kind: 'CircleCI token', begins: 'CC', is: `CCIPAT_${word}{22}_[a-f0-9]{40}` },
  { kind: 'Firebase key', begins: 'AA', is: `AAAA${url}{7}:APA91b${url}{120,200}` },
  { kind: 'Shippo token', begins: 'sh', is: 'shippo_(?:live|test)_[a-f0-9]{40}' },
  { kind: 'EasyPost key', begins: 'EZ', is: `EZ[AT]K${word}{54}` },
  { kind: 'Frame.io token', begins: 'fi', is: 'fio-u-[\\w=-]{64}' },
  { kind: 'Twilio key', begins: 'SK', is: 'SK[0-9a-f]{32}' },
  { kind: 'Mailchimp key', within: '-us', is: '[0-9a-f]{32}-us\\d{1,2}' },
  { kind: 'Azure storage key', begins: 'Ac', is: 'AccountKey=[A-Za-z0-9+/]{86}==' },
  { kind: 'Azure client secret', within: 'Q~', is: '[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}' },
  { kind: 'JSON web token', begins: 'ey', is: `eyJ${url}{8,4096}\\.eyJ${url}{8,8192}\\.${url}{8,4096}` },
]

interface Tried {
  readonly kind: string
  readonly is: RegExp
}

const tried = ({ kind, is }: SecretFormat): Tried => ({ kind, is: new RegExp(`${is}(?![A-Za-z0-9])`, 'y') })

const byBeginning = new Map<number, Tried[]>()
const byContent: (Tried & { readonly within: string; readonly from: RegExp })[] = []
for (const format of secretFormats) {
  for (const pair of format.begins?.split(' ') ?? []) {
    const key = pair.charCodeAt(0) * 128 + pair.charCodeAt(1)
    byBeginning.set(key, [...(byBeginning.get(key) ?? []), tried(format)])
  }
  if (format.within !== undefined)
    byContent.push({
      ...tried(format),
      within: format.within,
      from: new RegExp(`(?<![A-Za-z0-9])${format.is}(?![A-Za-z0-9])`, 'g'),
    })
}

/** 1: may be part of a token; 3: is a digit or a capital, too; 5: a token may begin after it, too. */
const classes = new Uint8Array(128)
for (const c of 'abcdefghijklmnopqrstuvwxyz_') classes[c.charCodeAt(0)] = 1
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') classes[c.charCodeAt(0)] = 3
for (const c of '=:$@~/.+') classes[c.charCodeAt(0)] = 5
classes['-'.charCodeAt(0)] = 1

/** No token is shorter. */
const shortest = 20

export interface TokenSeen {
  readonly start: number
  readonly end: number
  readonly kind: string
}

/** Tokens that stand by themselves, in order, none inside another. */
export const tokensIn = (text: string): TokenSeen[] => {
  const found: TokenSeen[] = []
  let from = 0
  let made = 0
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0
    const is = c < 128 ? (classes[c] ?? 0) : 0
    if (is !== 0) {
      made |= is & 2
      continue
    }
    if (i - from >= shortest && made !== 0) look(text, from, i, found)
    from = i + 1
    made = 0
  }
  return found
}

/** One stretch of characters tokens are made of. */
const look = (text: string, from: number, to: number, found: TokenSeen[]): void => {
  let open = true
  for (let i = from; i < to - 8; i++) {
    const c = text.charCodeAt(i)
    if (open) {
      for (const { kind, is } of byBeginning.get(c * 128 + text.charCodeAt(i + 1)) ?? []) {
        is.lastIndex = i
        if (!is.test(text)) continue
        found.push({ start: i, end: is.lastIndex, kind })
        i = is.lastIndex - 1
        break
      }
    }
    open = ((classes[text.charCodeAt(i)] ?? 0) & 4) !== 0
  }
  const run = text.slice(from, Math.min(to, from + 4096))
  for (const { kind, within, from: pattern } of byContent) {
    if (!run.includes(within)) continue
    for (const match of run.matchAll(pattern))
      found.push({ start: from + match.index, end: from + match.index + match[0].length, kind })
  }
}
