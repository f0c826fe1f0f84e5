import { inGateway, mounting, onBridge, onRecords, port } from './changes.ts'
import { add, edit, gap, link, lock, nginxUnseen, rewrite, unsure, violates } from './edits.ts'
import {
  compose,
  composeChecks,
  credentials,
  everyFile,
  isolated,
  keys,
  monitoring,
  ports,
  secretFiles,
  startable,
  users,
} from './names.ts'
import { changeOneThing, type Row } from './table.ts'

const published: readonly Row[] = [
  ['a port without an address', [edit(compose, port, '- "5432:5432"')], [violates(ports, compose, '"5432:5432"')]],
  ['a port on 0.0.0.0', [edit(compose, port, '- "0.0.0.0:5432:5432"')], [violates(ports, compose, '0.0.0.0')]],
  ['a port on the IPv6 wildcard', [edit(compose, port, '- "[::]:5432:5432"')], [violates(ports, compose, '[::]')]],
  [
    'a port on an address of the network',
    [edit(compose, port, '- "10.20.0.7:5432:5432"')],
    [violates(ports, compose, '10.20.0.7')],
  ],
  [
    'a range of ports',
    [edit(compose, port, '- "5432-5440:5432-5440"')],
    [violates(ports, compose, '5432-5440:5432-5440')],
  ],
  [
    'a bare number: a random port on every interface',
    [edit(compose, port, '- 5432')],
    [violates(ports, compose, '- 5432')],
  ],
  [
    'a UDP port beside the TCP one',
    [edit(compose, port, `${port}\n      - "5433:5432/udp"`)],
    [violates(ports, compose, '/udp')],
  ],
  [
    'a variable with an open default',
    [edit(compose, port, '- "${BIND:-0.0.0.0}:5432:5432"')],
    [violates(ports, compose, 'BIND')],
  ],
  ['a variable without a default', [edit(compose, port, '- "${BIND}:5432:5432"')], [unsure(ports, compose, 'BIND')]],
  ['a variable that may be empty', [edit(compose, port, '- "${BIND-}:5432:5432"')], [violates(ports, compose, 'BIND')]],
  [
    'long syntax without host_ip',
    [edit(monitoring, '        host_ip: 127.0.0.1\n', '')],
    [violates(ports, monitoring, 'published: "3000"')],
  ],
  [
    'long syntax with host_ip 0.0.0.0',
    [edit(monitoring, 'host_ip: 127.0.0.1', 'host_ip: 0.0.0.0')],
    [violates(ports, monitoring, 'host_ip')],
  ],
  [
    'the edge publishes one port more',
    [edit(compose, '- "443:8443"', '- "443:8443"\n      - "8022:22"')],
    [violates(ports, compose, '8022:22')],
  ],
  [
    'an octal-looking port YAML would read as base 60',
    [edit(compose, port, '- 2222:22')],
    [violates(ports, compose, '- 2222:22')],
  ],
  [
    'a port on an internal network only',
    [edit(compose, 'networks: [data, operations]', 'networks: [data]')],
    [violates(ports, compose, '127.0.0.1:5432')],
  ],
  [
    'a proxy image in name only does not open a port of its own',
    [edit(compose, 'networks: [model]', 'networks: [front]\n    ports: ["443:9000"]')],
    [violates(ports, compose, '443:9000'), violates(startable, compose, '443:9000')],
  ],
  [
    'an override that opens the port',
    [add('compose.override.yaml', 'services:\n  records:\n    ports: ["5432:5432"]\n')],
    [violates(ports, 'compose.override.yaml', '5432:5432'), violates(startable, 'compose.override.yaml', '5432:5432')],
  ],
  [
    'a Compose file in another folder',
    [
      add(
        'deploy/docker-compose.prod.yml',
        'services:\n  db:\n    image: postgres:17@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    ports: ["5432:5432"]\n',
      ),
    ],
    [
      violates(ports, 'deploy/docker-compose.prod.yml', '5432:5432'),
      violates(users, 'deploy/docker-compose.prod.yml', 'postgres:17'),
    ],
  ],
  [
    'a Compose file of a name of its own, used by the Makefile',
    [
      add(
        'infra/production.yml',
        'services:\n  db:\n    image: postgres:17@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    ports: ["5432:5432"]\n',
      ),
      add('Makefile', 'up:\n\tdocker compose -f infra/production.yml up -d\n'),
    ],
    [violates(ports, 'infra/production.yml', '5432:5432'), violates(users, 'infra/production.yml', 'postgres:17')],
  ],
  [
    'a port through an anchor',
    [edit(compose, '  read_only: true', '  read_only: true\n  ports: ["9000:9000"]')],
    [
      violates(ports, compose, '9000:9000'),
      violates(ports, compose, '9000:9000'),
      violates(startable, compose, '9000:9000'),
    ],
  ],
  [
    'a list of ports that overrides',
    [edit(compose, `ports:\n      ${port}`, 'ports: !override ["5432:5432"]')],
    [violates(ports, compose, '"5432:5432"')],
  ],
  [
    'a service of a profile of its own',
    [
      edit(
        compose,
        '  llm-bridge:\n',
        '  debug:\n    image: alpine:3.22@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    profiles: [debug]\n    ports: ["9229:9229"]\n\n  llm-bridge:\n',
      ),
    ],
    [violates(ports, compose, '9229:9229'), violates(users, compose, 'alpine:3.22')],
  ],
]

const openings: readonly Row[] = [
  ['privileged', [onBridge('privileged: true')], [violates(isolated, compose, 'privileged: ')]],
  ['privileged in quotes', [onBridge('privileged: "true"')], [violates(isolated, compose, 'privileged: ')]],
  [
    'privileged by default of a variable',
    [onBridge('privileged: ${GPU:-true}')],
    [violates(isolated, compose, 'privileged: ')],
  ],
  ['privileged by a variable', [onBridge('privileged: ${GPU}')], [unsure(isolated, compose, 'privileged: ')]],
  [
    'the engine socket, read-only',
    [mounting('- /var/run/docker.sock:/var/run/docker.sock:ro')],
    [violates(isolated, compose, ':/var/run/docker.sock:ro')],
  ],
  [
    'the engine socket in long syntax',
    [mounting('- { type: bind, source: /run/podman/podman.sock, target: /run/engine.sock, read_only: true }')],
    [violates(isolated, compose, 'podman.sock')],
  ],
  ['the folder of the engine socket', [mounting('- /var/run:/host/run:ro')], [violates(isolated, compose, '/var/run')]],
  ['the root of the host, read-only', [mounting('- /:/rootfs:ro')], [violates(isolated, compose, '/rootfs')]],
  [
    'the root of the host, written the long way',
    [mounting('- /srv/../:/rootfs:ro')],
    [violates(isolated, compose, '/rootfs')],
  ],
  [
    'the engine socket as a volume',
    [
      edit(
        compose,
        '  models:\n\nsecrets:',
        '  models:\n    driver_opts: { type: none, o: bind, device: /var/run/docker.sock }\n\nsecrets:',
      ),
    ],
    [violates(isolated, compose, 'models:/models:ro')],
  ],
  ['processes of the host', [onBridge('pid: host')], [violates(isolated, compose, 'pid: host')]],
  [
    'the network of the host',
    [onBridge('network_mode: host')],
    [
      violates(isolated, compose, 'network_mode: host'),
      unsure(ports, compose, 'network_mode: host'),
      violates(startable, compose, 'networks: [model]'),
    ],
  ],
  [
    'a service that takes the volumes of another, the engine socket among them',
    [
      mounting('- /var/run/docker.sock:/var/run/docker.sock'),
      edit(compose, 'build: ./gateway', 'build: ./gateway\n    volumes_from: [llm-bridge]'),
    ],
    [violates(isolated, compose, ':/var/run/docker.sock'), violates(isolated, compose, 'volumes_from')],
  ],
  ['SYS_ADMIN', [onBridge('cap_add: [CAP_SYS_ADMIN]')], [violates(isolated, compose, 'CAP_SYS_ADMIN')]],
  [
    'no seccomp',
    [
      edit(
        monitoring,
        'networks: [monitoring, reach]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]',
        'networks: [monitoring, reach]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true", "seccomp:unconfined"]',
      ),
    ],
    [violates(isolated, monitoring, 'seccomp:unconfined')],
  ],
  ['a disk of the host', [onBridge('devices: ["/dev/sda:/dev/xvdc:r"]')], [violates(isolated, compose, '/dev/sda')]],
  [
    'privileged for all through the anchor',
    [edit(compose, '  read_only: true', '  read_only: true\n  privileged: true')],
    Array.from({ length: 4 }, () => violates(isolated, compose, 'privileged: true')),
  ],
  [
    'privileged in other words for true',
    [onBridge('privileged: yes')],
    [violates(isolated, compose, 'privileged: yes')],
  ],
  ['a capability in small letters', [onBridge('cap_add: [sys_admin]')], [violates(isolated, compose, 'sys_admin')]],
  [
    'confinement switched off the old way',
    [edit(monitoring, '    user: "472:472"\n', '    user: "472:472"\n    userns_mode: host\n')],
    [violates(isolated, monitoring, 'userns_mode')],
  ],
  [
    'root by the Compose file',
    [edit(compose, 'user: "10001:10001"', 'user: "0:0"')],
    [violates(users, compose, 'user: "0:0"')],
  ],
]

const composeSecrets: readonly Row[] = [
  [
    'a password in the file',
    [edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: EXAMPLE-tide-42')],
    [violates(credentials, compose, 'EXAMPLE-tide-42')],
  ],
  [
    'a default password',
    [edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: ${PGPASS:-postgres}')],
    [violates(credentials, compose, 'PGPASS')],
  ],
  [
    'a default password without a colon',
    [edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: ${PGPASS-postgres}')],
    [violates(credentials, compose, 'PGPASS')],
  ],
  [
    'a default inside a default',
    [edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: ${A:-${B:-postgres}}')],
    [violates(credentials, compose, '${B')],
  ],
  [
    'a password in a URL',
    [inGateway('DATABASE_URL: postgresql://gateway:EXAMPLE-tide@records:5432/diary')],
    [violates(credentials, compose, 'DATABASE_URL')],
  ],
  [
    'a password in a flag',
    [onRecords('command: ["redis-server", "--requirepass", "EXAMPLE-tide"]')],
    [violates(credentials, compose, '--requirepass')],
  ],
  [
    'no password at all',
    [
      edit(
        compose,
        '      POSTGRES_PASSWORD_FILE: /run/secrets/records_admin',
        '      POSTGRES_HOST_AUTH_METHOD: trust',
      ),
    ],
    [violates(credentials, compose, 'trust')],
  ],
  [
    'an API key that may be empty',
    [edit(compose, '${GATEWAY_API_KEY:?set it from the secret store}', '${GATEWAY_API_KEY:-}')],
    [violates(credentials, compose, '${GATEWAY_API_KEY:-}')],
  ],
  [
    'a build argument',
    [edit(compose, 'build: ./gateway', 'build: { context: ./gateway, args: { NPM_TOKEN: EXAMPLE-npm-token } }')],
    [violates(credentials, compose, 'NPM_TOKEN')],
  ],
  [
    'a password in a health check',
    [onRecords('healthcheck: { test: ["CMD", "psql", "postgresql://admin:EXAMPLE-tide@127.0.0.1/diary"] }')],
    [violates(credentials, compose, 'EXAMPLE-tide')],
  ],
  [
    'an environment file that is tracked',
    [onRecords('env_file: [records.env]'), add('records.env', 'POSTGRES_PASSWORD=EXAMPLE-tide\n')],
    [violates(credentials, 'records.env', 'POSTGRES_PASSWORD'), violates(keys, 'records.env')],
  ],
  [
    'a password before a command',
    [onRecords('command: sh -c "PGPASSWORD=EXAMPLE-tide psql -c select"')],
    [violates(credentials, compose, 'EXAMPLE-tide')],
  ],
  [
    'a password for all through an anchor',
    [
      edit(
        compose,
        '  read_only: true',
        '  read_only: true\n  labels: { backup.url: "s3://key:EXAMPLE-tide@store/diary" }',
      ),
    ],
    [violates(credentials, compose, 'EXAMPLE-tide')],
  ],
  [
    'a password in an inline config',
    [
      edit(
        compose,
        'networks:\n  front:',
        'configs:\n  app:\n    content: |\n      db_password=EXAMPLE-tide\n\nnetworks:\n  front:',
      ),
    ],
    [violates(credentials, compose, 'EXAMPLE-tide')],
    'the content of configs is not looked into',
  ],
  [
    'a secret from a tracked file',
    [
      edit(compose, 'environment: POSTGRES_PASSWORD', 'file: ./secrets/admin.txt'),
      add('secrets/admin.txt', 'EXAMPLE-tide\n'),
    ],
    [violates(secretFiles, compose, './secrets/admin.txt')],
  ],
  [
    'an anchor for a password',
    [
      edit(compose, 'POSTGRES_PASSWORD_FILE: /run/secrets/records_admin', 'POSTGRES_PASSWORD: &pw EXAMPLE-tide-42'),
      edit(
        compose,
        'MODEL_PATH: /models/diary-summary.gguf',
        'MODEL_PATH: /models/diary-summary.gguf\n      PGPASSWORD: *pw',
      ),
    ],
    [violates(credentials, compose, 'EXAMPLE-tide-42'), violates(credentials, compose, 'EXAMPLE-tide-42')],
  ],
  [
    'a list with one assignment',
    [
      edit(
        compose,
        '      POSTGRES_DB: diary\n      POSTGRES_PASSWORD_FILE: /run/secrets/records_admin',
        '      - POSTGRES_DB=diary\n      - POSTGRES_PASSWORD=EXAMPLE-tide',
      ),
    ],
    [violates(credentials, compose, 'EXAMPLE-tide')],
  ],
  [
    'a signing key that everybody knows',
    [inGateway('JWT_SECRET: changeme')],
    [violates(credentials, compose, 'changeme')],
  ],
  [
    'a key of a cloud',
    [inGateway('AWS_SECRET_ACCESS_KEY: EXAMPLEKEY/K7MDENG/bPxRfiCYEXAMPLEKEY')],
    [violates(credentials, compose, 'AWS_SECRET')],
  ],
]

const composeGaps: readonly Row[] = [
  [
    'a tab for indentation',
    [edit(compose, '    image: postgres', '\timage: postgres')],
    [gap('unparsed', compose, '\timage: postgres', composeChecks), ...nginxUnseen],
  ],
  [
    'a conflict that was committed',
    [edit(compose, `      ${port}`, `<<<<<<< HEAD\n      ${port}\n=======\n      - "5432:5432"\n>>>>>>> fix`)],
    [gap('unparsed', compose, '<<<<<<<', composeChecks), ...nginxUnseen],
  ],
  [
    'a key given twice',
    [
      edit(
        compose,
        '    ports:\n      - "127.0.0.1:5432:5432"',
        '    ports:\n      - "5432:5432"\n    ports:\n      - "127.0.0.1:5432:5432"',
      ),
    ],
    [gap('unparsed', compose, '    ports:\n      - "127.0.0.1:5432', composeChecks), ...nginxUnseen],
  ],
  [
    'a Compose file nobody may read',
    [lock(monitoring)],
    [gap('unreadable', monitoring, undefined, [...composeChecks, ...everyFile])],
  ],
  [
    'a Compose file in UTF-16',
    [rewrite(monitoring, text => Buffer.from(`\ufeff${text}`, 'utf16le'))],
    [gap('unparsed', monitoring, undefined, composeChecks)],
  ],
  [
    'an include that is not there',
    [edit(compose, 'name: diary\n', 'name: diary\ninclude: [./compose.queue.yaml]\n')],
    [gap('unresolved', compose, './compose.queue.yaml', composeChecks)],
  ],
  [
    'a Compose file that is a link',
    [link('compose.override.yaml', '../common/compose.yaml')],
    [gap('denied', 'compose.override.yaml', undefined, composeChecks)],
  ],
  [
    'a port nobody understands',
    [edit(compose, port, '- "http:5432"')],
    [gap('unparsed', compose, '"http:5432"', [ports])],
  ],
]

changeOneThing('published ports', published)
changeOneThing('openings to the host', openings)
changeOneThing('credentials in Compose', composeSecrets)
changeOneThing('Compose files that cannot be seen', composeGaps)
