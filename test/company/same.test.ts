import {
  banditSays,
  banditStep,
  issue,
  onBridge,
  onPullRequests,
  port,
  testRun,
  testsRun,
  testsUnder,
} from './changes.ts'
import { add, type Change, edit, editAll, rename, rewrite } from './edits.ts'
import {
  access,
  agreement,
  bridge,
  brief,
  ci,
  compose,
  defaults,
  gateway,
  headers,
  monitoring,
  nightly,
  plan,
  policy,
  release,
  site,
  tls,
} from './names.ts'
import { type Same, sayTheSame } from './table.ts'

const crlf = (file: string): Change => rewrite(file, text => text.replaceAll('\n', '\r\n'))

const sameInOtherWords: readonly Same[] = [
  ['CRLF in Compose', [crlf(compose), crlf(monitoring)]],
  ['CRLF in nginx', [crlf(site), crlf(tls), crlf(headers), crlf('nginx/nginx.conf'), crlf(defaults)]],
  ['CRLF in workflows', [crlf(ci), crlf(release), crlf(nightly)]],
  ['CRLF in policies', [crlf(policy), crlf(access), crlf(plan), crlf(brief), crlf(agreement)]],
  ['CRLF in Dockerfiles', [crlf(gateway), crlf(bridge)]],
  [
    'a byte-order mark',
    [
      rewrite(compose, text => `\ufeff${text}`),
      rewrite(ci, text => `\ufeff${text}`),
      rewrite(policy, text => `\ufeff${text}`),
    ],
  ],
  [
    'no line end at the end',
    [
      rewrite(compose, text => text.trimEnd()),
      rewrite(ci, text => text.trimEnd()),
      rewrite(policy, text => text.trimEnd()),
      rewrite(site, text => text.trimEnd()),
    ],
  ],
  ['single quotes for a port', [edit(compose, port, "- '127.0.0.1:5432:5432'")]],
  ['no quotes for a port', [edit(compose, port, '- 127.0.0.1:5432:5432')]],
  ['a tag on a port', [edit(compose, port, '- !!str 127.0.0.1:5432:5432')]],
  ['a list on one line', [edit(compose, `ports:\n      ${port}`, 'ports: ["127.0.0.1:5432:5432"]')]],
  [
    'the long syntax for the short one',
    [edit(compose, port, '- { target: 5432, published: 5432, host_ip: 127.0.0.1, protocol: tcp, mode: host }')],
  ],
  [
    'the short syntax for the long one',
    [
      edit(
        monitoring,
        '- target: 3000\n        published: "3000"\n        host_ip: 127.0.0.1',
        '- 127.0.0.1:3000:3000',
      ),
    ],
  ],
  ['loopback of IPv6', [edit(compose, port, '- "[::1]:5432:5432"')]],
  ['another address of loopback', [edit(compose, port, '- "127.0.0.53:5432:5432"')]],
  ['a variable that is loopback by default', [edit(compose, port, '- "${BIND:-127.0.0.1}:5432:5432"')]],
  [
    'a port in an anchor',
    [
      edit(compose, 'x-hardening:', 'x-port: &port "127.0.0.1:5432:5432"\n\nx-hardening:'),
      edit(compose, port, '- *port'),
    ],
  ],
  [
    'the anchor written out',
    [
      edit(
        compose,
        '  llm-bridge:\n    <<: *hardening',
        '  llm-bridge:\n    restart: unless-stopped\n    read_only: true\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]',
      ),
    ],
  ],
  [
    'the environment as a list',
    [
      edit(
        compose,
        '      POSTGRES_DB: diary\n      POSTGRES_PASSWORD_FILE: /run/secrets/records_admin',
        '      - POSTGRES_DB=diary\n      - POSTGRES_PASSWORD_FILE=/run/secrets/records_admin',
      ),
    ],
  ],
  [
    'a service under another name',
    [editAll(compose, 'records:', 'store:'), edit(compose, 'DATABASE_HOST: records', 'DATABASE_HOST: store')],
  ],
  [
    'keys in another order',
    [
      edit(compose, '    user: "999:999"\n', ''),
      edit(compose, '    networks: [data, operations]', '    networks: [data, operations]\n    user: "999:999"'),
    ],
  ],
  ['privileged, but not', [onBridge('privileged: false')]],
  ['a comment that would be a port', [edit(compose, port, `${port} # not "5432:5432"\n      # - "0.0.0.0:5432:5432"`)]],
  ['an exposed port, not published', [onBridge('expose: ["9000"]')]],
  [
    'a comment that speaks of the engine socket',
    [edit(monitoring, '  alloy:\n', '  alloy:\n    # no /var/run/docker.sock here: privileged: true would follow\n')],
  ],
  ['another usual name for the Compose file', [rename(compose, 'docker-compose.yml')]],
  ['a document mark', [rewrite(compose, text => `---\n${text}`)]],
  [
    'flow style for a service',
    [edit(monitoring, '    networks: [monitoring, reach]', '    networks: { monitoring: {}, reach: {} }')],
  ],

  [
    'the protocols in the server too',
    [edit(site, '    listen 8443 ssl;', '    listen 8443 ssl;\n    ssl_protocols TLSv1.3;')],
  ],
  [
    'the protocols in http{} itself',
    [
      edit(tls, 'ssl_protocols TLSv1.3;\n', ''),
      edit('nginx/nginx.conf', '    server_tokens off;', '    server_tokens off;\n    ssl_protocols TLSv1.3;'),
    ],
  ],
  [
    'nginx on one line',
    [
      edit(
        tls,
        'ssl_protocols TLSv1.3;\nssl_session_tickets off;\n',
        'ssl_protocols   TLSv1.3 ; ssl_session_tickets off;',
      ),
    ],
  ],
  ['quotes around a version', [edit(tls, 'TLSv1.3', '"TLSv1.3"')]],
  [
    'a comment that speaks of TLS 1.0',
    [edit(tls, 'ssl_protocols TLSv1.3;', '# ssl_protocols TLSv1 TLSv1.1; was removed in 2024\nssl_protocols TLSv1.3;')],
  ],
  ['ssl by the neighbour on the socket', [edit(site, '    listen 8443 ssl;', '    listen 8443;')]],
  ['a redirect of another number', [edit(site, 'return 301 https', 'return 308 https')]],
  [
    'a redirect in a location',
    [
      edit(
        site,
        '    return 301 https://$host$request_uri;',
        '    location / {\n        return 301 https://$host$request_uri;\n    }',
      ),
    ],
  ],
  ['a redirect to the name itself', [edit(site, 'https://$host$request_uri', 'https://diary.example$request_uri')]],
  [
    'the snippets in another folder',
    [
      rename(tls, 'nginx/shared/tls.conf'),
      edit('nginx/nginx.conf', 'snippets/tls.conf', 'shared/tls.conf'),
      edit(
        compose,
        '      - ./nginx/snippets:/etc/nginx/snippets:ro',
        '      - ./nginx/snippets:/etc/nginx/snippets:ro\n      - ./nginx/shared:/etc/nginx/shared:ro',
      ),
    ],
  ],
  [
    'HSTS for two years, written otherwise',
    [edit(headers, '"max-age=31536000; includeSubDomains"', "'includeSubDomains;max-age=63072000'")],
  ],
  ['the header in small letters', [edit(headers, 'Strict-Transport-Security', 'strict-transport-security')]],
  [
    'HSTS from a map on the scheme',
    [
      edit(
        'nginx/nginx.conf',
        '    server_tokens off;',
        '    server_tokens off;\n    map $scheme $hsts { https "max-age=31536000"; }',
      ),
      edit(headers, '"max-age=31536000; includeSubDomains"', '$hsts'),
    ],
  ],
  [
    'a redirect by rewrite',
    [edit(site, 'return 301 https://$host$request_uri;', 'rewrite ^ https://$host$request_uri? permanent;')],
  ],
  [
    'ACME beside the redirect',
    [
      edit(
        site,
        '    return 301 https://$host$request_uri;',
        '    location ^~ /.well-known/acme-challenge/ { root /srv/acme; }\n    location / { return 301 https://$host$request_uri; }',
      ),
    ],
  ],
  ['another name for a site', [rename(site, 'nginx/conf.d/90-site.conf')]],

  ['USER by name', [edit(gateway, 'USER 10001:10001', 'USER gateway')]],
  ['USER by an argument with a default', [edit(gateway, 'USER 10001:10001', 'ARG RUN_AS=10001\nUSER $RUN_AS')]],
  [
    'the user of a stage of its own',
    [
      edit(
        gateway,
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\nRUN',
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1 AS base\nUSER 10001:10001\n\nFROM base\nRUN',
      ),
      edit(gateway, 'COPY app /srv/app\nUSER 10001:10001\n', 'COPY app /srv/app\n'),
    ],
  ],
  ['a variable that is called USER', [edit(gateway, 'WORKDIR /srv\n', 'WORKDIR /srv\nENV USER=root\n')]],
  ['small letters for instructions', [edit(gateway, 'USER 10001:10001', 'user 10001:10001')]],
  ['root for a while', [edit(gateway, 'USER 10001:10001', 'USER root\nRUN chmod -R a-w /srv\nUSER 10001:10001')]],
  ['a comment that speaks of root', [edit(gateway, 'USER 10001:10001', '# USER root\nUSER 10001:10001')]],
  [
    'the base named before',
    [
      edit(
        gateway,
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1 AS build',
        'FROM docker.io/library/python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1 as build',
      ),
    ],
  ],

  [
    'events as a list',
    [edit(nightly, 'on:\n  schedule:\n    - cron: "17 3 * * *"', 'on:\n  schedule: [{ cron: "17 3 * * *" }]')],
  ],
  [
    'on: [push, pull_request]',
    [edit(ci, 'on:\n  pull_request:\n  push:\n    branches: [main]\n', 'on: [push, pull_request]\n')],
  ],
  ['"on" in quotes', [edit(ci, 'on:\n', '"on":\n')]],
  ['a branch list in block style', [edit(ci, 'branches: [main]', 'branches:\n      - main')]],
  ['permissions on one line', [edit(ci, 'permissions:\n  contents: read', 'permissions: { contents: read }')]],
  [
    'permissions at each job',
    [
      edit(ci, 'permissions:\n  contents: read\n', 'permissions: {}\n'),
      edit(ci, '  tests:\n', '  tests:\n    permissions: { contents: read }\n'),
      edit(ci, '  scans:\n', '  scans:\n    permissions: { contents: read }\n'),
    ],
  ],
  ['a block for one command', [edit(ci, testRun, 'run: |\n          pytest -q gateway/tests --junitxml=junit.xml')]],
  [
    'a folded block',
    [edit(ci, testRun, 'run: >-\n          pytest -q\n          gateway/tests\n          --junitxml=junit.xml')],
  ],
  [
    'bash, which has pipefail',
    [edit(ci, testRun, 'shell: bash\n        run: pytest -q gateway/tests --junitxml=junit.xml | tee out.txt')],
  ],
  [
    'python -m pytest',
    [edit(ci, 'run: pytest -q gateway/tests --junitxml', 'run: python -m pytest -q gateway/tests --junitxml')],
  ],
  ['; true after a command that already failed', [edit(ci, testRun, `${testRun}; true`)]],
  ['tests and then a word', [testsRun('pytest -q gateway/tests && echo ok')]],
  [
    'tests whose exit is kept and given back',
    [testsRun('set +e\npytest -q gateway/tests\ncode=$?\necho done\nexit $code')],
  ],
  ['tests that show a log when they fail', [testsRun('pytest -q gateway/tests || { cat app.log; exit 1; }')]],
  ['tests that allow there to be none', [testsRun('pytest -q gateway/tests || [ $? -eq 5 ]')]],
  ['tests under a time limit', [testsRun('timeout 600 pytest -q gateway/tests')]],
  ['tests through coverage', [testsRun('coverage run -m pytest -q gateway/tests')]],
  ['tests through uv', [testsRun('uv run pytest -q gateway/tests')]],
  ['tests unless the run was cancelled', [testsUnder('if: ${{ !cancelled() }}')]],
  [
    'tests in a workflow that is called',
    [
      add(
        '.github/workflows/tests.yml',
        'on: workflow_call\npermissions: { contents: read }\njobs:\n  unit:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: pytest -q gateway/tests\n',
      ),
      edit(ci, '  scans:\n', '  called:\n    uses: ./.github/workflows/tests.yml\n\n  scans:\n'),
      testsRun('echo see tests.yml'),
    ],
  ],
  [
    'tests in an action of the repository',
    [
      add(
        '.github/actions/test/action.yml',
        'name: test\ndescription: runs the tests\nruns:\n  using: composite\n  steps:\n    - run: pytest -q gateway/tests\n      shell: bash\n',
      ),
      edit(ci, `      - name: Tests\n        ${testRun}`, '      - uses: ./.github/actions/test'),
    ],
  ],
  [
    'all events in flow style',
    [edit(ci, `on:\n${onPullRequests}`, 'on: { pull_request: {}, push: { branches: [main] } }\n')],
  ],
  [
    'an anchor in a workflow',
    [
      edit(
        ci,
        'python-version: "3.13"\n      - name: Install\n        run: pip install --require-hashes -r gateway/requirements.txt',
        'python-version: &python "3.13"\n      - name: Install\n        run: pip install --require-hashes -r gateway/requirements.txt',
      ),
      edit(ci, 'python-version: "3.13"', 'python-version: *python'),
    ],
  ],
  ['a step without a name', [edit(ci, '      - name: Tests\n        run:', '      - run:')]],
  [
    'keys of a step in another order',
    [edit(ci, `      - name: Tests\n        ${testRun}`, `      - ${testRun}\n        name: Tests`)],
  ],
  [
    'a comment with the word bandit',
    [
      edit(
        ci,
        '      - name: Bandit',
        '      # bandit || true would be no gate; pip-audit --dry-run neither\n      - name: Bandit',
      ),
    ],
  ],
  ['a name with the word pytest', [edit(ci, '  scans:\n', '  scans:\n    name: everything but pytest || true\n')]],
  ['another name for a workflow', [rename(ci, '.github/workflows/checks.yaml')]],
  ['another name for a job', [edit(ci, '  tests:\n', '  unit:\n')]],
  [
    'a step that keeps a report whatever happens',
    [edit(ci, banditStep, `${banditStep}\n      - if: always()\n        run: echo "$GITHUB_SHA" || true`)],
  ],
  [
    'tests in a script that fails when they fail',
    [
      edit(ci, testRun, 'run: ./scripts/test.sh'),
      add('scripts/test.sh', '#!/bin/sh\nset -e\npytest -q gateway/tests\n'),
    ],
  ],

  [
    'quotes in the front matter',
    [
      edit(policy, 'title: Security and Privacy Policy', "title: 'Security and Privacy Policy'"),
      edit(policy, 'effectiveDate: 2025-09-01', 'effectiveDate: "2025-09-01"'),
    ],
  ],
  [
    'keys of the front matter in another order',
    [edit(policy, 'version: "2.1"\n', ''), edit(policy, 'owner: Ines', 'version: "2.1"\nowner: Ines')],
  ],
  [
    'snake case in the front matter',
    [edit(policy, 'approvedBy:', 'approved_by:'), edit(policy, 'effectiveDate:', 'effective_date:')],
  ],
  [
    'reviews in block style',
    [
      edit(
        access,
        '  - { date: 2026-08-03, by: Jonna Peltier, outcome: approved }',
        '  - date: 2026-08-03\n    by: Jonna Peltier\n    outcome: approved',
      ),
    ],
  ],
  ['a comment in the front matter', [edit(policy, 'version: "2.1"', 'version: "2.1" # see the history below')]],
  [
    'dates in words',
    [
      edit(policy, 'effectiveDate: 2025-09-01', 'effectiveDate: 1 September 2025'),
      edit(access, 'date: 2026-08-03', 'date: "3 August 2026"'),
    ],
  ],
  ['a version with a letter', [edit(policy, 'version: "2.1"', 'version: v2.1')]],
  ['a version from the history alone', [edit(policy, 'version: "2.1"\n', '')]],
  [
    'a name with accents',
    [edit(policy, 'Tomas Reuter (Managing Director)', 'José María Núñez-Øst (Managing Director)')],
  ],
  [
    'role first, then the person',
    [edit(policy, 'Tomas Reuter (Managing Director)', 'Managing Director, Tomas Reuter')],
  ],
  [
    'the identity in the text',
    [
      rewrite(access, text =>
        text.replace(
          /^---[\s\S]*?\n---\n# Access Control Policy\n/,
          '# Access Control Policy\n\n**Owner:** Ines Falkner, Head of Platform  \n**Approved by:** Tomas Reuter, Managing Director  \n**Version:** 1.4  \n**Effective date:** 2026-02-02  \n**Last reviewed:** 2026-08-03  \n',
        ),
      ),
    ],
  ],
  [
    'the identity in a table',
    [
      rewrite(access, text =>
        text.replace(
          /^---[\s\S]*?\n---\n# Access Control Policy\n/,
          '# Access Control Policy\n\n| | |\n|---|---|\n| Owner | Ines Falkner, Head of Platform |\n| Approved by | Tomas Reuter, Managing Director |\n| Version | 1.4 |\n| Effective date | 2026-02-02 |\n| Last reviewed | 2026-08-03 |\n',
        ),
      ),
    ],
  ],
  ['code that holds a substitution', [edit(plan, '## Clocks', '```sh\ndate=$(date +%F) # TODO\n```\n\n## Clocks')]],
  ['a link in brackets', [edit(plan, 'the tracker.', 'the [issue tracker](https://tracker.example).')]],
  ['an ellipsis', [edit(plan, 'the tracker.', 'the tracker...')]],
  ['a policy in another folder', [rename(access, 'docs/compliance/access/policy.md')]],
  ['a table in the policy aligned', [edit(policy, '|---|---|\n| Access', '| :--- | ---: |\n| Access')]],

  ['an example of an environment file', [add('gateway/.env.example', 'API_KEY=\n')]],
  ['a public key', [add('deploy/diary.pem', '-----BEGIN PUBLIC KEY-----\nRVhBTVBMRQ==\n-----END PUBLIC KEY-----\n')]],
  ['a schema without rows', [add('db/init/03-index.sql', 'CREATE INDEX ON diary.entry (night);\n')]],
  [
    'a page that speaks of keys',
    [add('docs/keys.md', '# Keys\n\nNever commit `-----BEGIN PRIVATE KEY-----` or POSTGRES_PASSWORD=x.\n')],
  ],
  ['low findings of bandit', [banditSays(issue('LOW'))]],
  ['gates only before the merge', [edit(ci, '  push:\n    branches: [main]\n', '')]],
  ['; exit 0 after a command that already failed', [testsRun('pytest -q gateway/tests; exit 0')]],
  ['tests whose output is kept', [testsRun('out=$(pytest -q gateway/tests)\necho "$out"')]],
  [
    'tests over a matrix',
    [
      edit(
        ci,
        '  tests:\n    runs-on',
        '  tests:\n    strategy: { fail-fast: false, matrix: { python: ["3.12", "3.13"] } }\n    runs-on',
      ),
    ],
  ],
  [
    'a password that stops the start when it is missing',
    [edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}')],
  ],
  [
    'a second configuration beside the one that runs',
    [
      add(
        'nginx/next.conf',
        'server {\n    listen 443 ssl;\n    ssl_protocols TLSv1.3;\n    add_header Strict-Transport-Security "max-age=31536000" always;\n    root /srv;\n}\n',
      ),
    ],
  ],
]

sayTheSame('the same in other words', sameInOtherWords)
