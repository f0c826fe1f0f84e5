import { add, becomes, edit, gap, lock, nginxUnseen, rename, rewrite, unsure, violates } from './edits.ts'
import {
  ciphers,
  compose,
  defaults,
  everyFile,
  floor,
  headers,
  hsts,
  nginxChecks,
  plaintext,
  ports,
  site,
  tls,
} from './names.ts'
import { changeOneThing, type Row } from './table.ts'

/** What passes nothing on, or terminates no TLS, is no edge that may publish to everyone. */
const noEdge = [violates(ports, compose, '"80:8080"'), violates(ports, compose, '"443:8443"')]

const mounts = `    volumes:
      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro
      - ./nginx/conf.d:/etc/nginx/conf.d:ro
      - ./nginx/snippets:/etc/nginx/snippets:ro
`

const nginx: readonly Row[] = [
  [
    'TLS 1.2 beside 1.3',
    [edit(tls, 'ssl_protocols TLSv1.3;', 'ssl_protocols TLSv1.2 TLSv1.3;')],
    [violates(floor, tls, 'ssl_protocols'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'TLS 1.2 beside 1.3, with good ciphers',
    [edit(tls, 'ssl_protocols TLSv1.3;', 'ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers ECDHE+AESGCM;')],
    [violates(floor, tls, 'ssl_protocols')],
  ],
  [
    'no ssl_protocols at all',
    [edit(tls, 'ssl_protocols TLSv1.3;\n', '')],
    [violates(floor, site, '8443 ssl'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'ssl_protocols in a comment',
    [edit(tls, 'ssl_protocols', '#ssl_protocols')],
    [violates(floor, site, '8443 ssl'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'the file with ssl_protocols is no longer included',
    [edit('nginx/nginx.conf', '    include /etc/nginx/snippets/tls.conf;\n', '')],
    [violates(floor, site, '8443 ssl'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'the server lowers what http{} sets',
    [
      edit(
        site,
        '    listen 8443 ssl;',
        '    listen 8443 ssl;\n    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_ciphers ECDHE+AESGCM;',
      ),
    ],
    [violates(floor, site, 'TLSv1.2')],
  ],
  [
    'TLS 1.0 for old devices',
    [edit(tls, 'TLSv1.3', 'TLSv1.3 TLSv1')],
    [violates(floor, tls, 'ssl_protocols'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'the default server opens the door',
    [
      edit(
        defaults,
        '    ssl_reject_handshake on;',
        '    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_ciphers ECDHE+AESGCM;\n    return 444;',
      ),
    ],
    [violates(floor, defaults, 'TLSv1.2'), violates(floor, defaults, 'TLSv1.2'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'protocols behind the directive',
    [edit(tls, 'ssl_session_tickets off;', 'ssl_session_tickets off;\nssl_conf_command MinProtocol TLSv1.2;')],
    [unsure(floor, tls, 'MinProtocol'), unsure(ciphers, tls, 'MinProtocol')],
  ],
  [
    'ciphers with RSA key exchange',
    [edit(tls, 'ssl_protocols TLSv1.3;', 'ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers HIGH:!aNULL:!MD5;')],
    [violates(floor, tls, 'ssl_protocols'), violates(ciphers, tls, 'ssl_ciphers')],
  ],
  [
    'protocols from a variable',
    [edit(tls, 'TLSv1.3', '$tls_versions')],
    [unsure(floor, tls, 'ssl_protocols'), violates(ciphers, site, '8443 ssl')],
  ],
  [
    'no HSTS',
    [edit(headers, 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;\n', '')],
    [violates(hsts, site, 'server {\n    listen 8443'), violates(hsts, site, 'location /static/')],
  ],
  [
    'HSTS for five minutes',
    [edit(headers, 'max-age=31536000', 'max-age=300')],
    [violates(hsts, headers, 'max-age'), violates(hsts, headers, 'max-age')],
  ],
  [
    'HSTS switched off',
    [edit(headers, 'max-age=31536000', 'max-age=0')],
    [violates(hsts, headers, 'max-age'), violates(hsts, headers, 'max-age')],
  ],
  [
    'HSTS without max-age',
    [edit(headers, 'max-age=31536000; ', '')],
    [violates(hsts, headers, 'Strict-'), violates(hsts, headers, 'Strict-')],
  ],
  [
    'HSTS misspelt',
    [edit(headers, 'Strict-Transport-Security', 'Strict-Transport-Securty')],
    [violates(hsts, site, 'server {\n    listen 8443'), violates(hsts, site, 'location /static/')],
  ],
  [
    'HSTS from a variable nobody sets',
    [edit(headers, '"max-age=31536000; includeSubDomains"', '$hsts')],
    [unsure(hsts, headers, '$hsts'), unsure(hsts, headers, '$hsts')],
  ],
  [
    'one header in a location drops all others',
    [edit(site, '        limit_req zone', '        add_header X-Frame-Options DENY always;\n        limit_req zone')],
    [violates(hsts, site, 'X-Frame-Options')],
  ],
  [
    'the include of the headers left out of a location',
    [
      edit(
        site,
        '        root /srv/diary;\n        include /etc/nginx/snippets/headers.conf;',
        '        root /srv/diary;',
      ),
    ],
    [violates(hsts, site, 'Cache-Control')],
  ],
  [
    'port 80 redirects to http',
    [edit(site, 'return 301 https://$host$request_uri;', 'return 301 http://$host$request_uri;')],
    [violates(plaintext, site, 'http://$host')],
  ],
  [
    'port 80 serves the application',
    [edit(site, '    return 301 https://$host$request_uri;', '    location / { proxy_pass http://gateway; }')],
    [violates(plaintext, site, 'location / { proxy_pass')],
  ],
  [
    'port 80 serves one path',
    [
      edit(
        site,
        '    return 301 https://$host$request_uri;',
        '    location /legacy/ { proxy_pass http://gateway; }\n    location / { return 301 https://$host$request_uri; }',
      ),
    ],
    [violates(plaintext, site, '/legacy/')],
  ],
  [
    'port 80 redirects one host name only',
    [
      edit(
        site,
        '    return 301 https://$host$request_uri;',
        '    if ($host = diary.example) { return 301 https://$host$request_uri; }\n    root /srv/diary;',
      ),
    ],
    [violates(plaintext, site, '    root /srv/diary;\n}')],
  ],
  [
    'the TLS server listens without TLS too',
    [edit(site, '    listen 8443 ssl;', '    listen 8443 ssl;\n    listen 8081;')],
    [violates(plaintext, site, 'proxy_pass http://gateway;')],
  ],
  [
    'a second site nobody hardened',
    [
      add(
        'nginx/conf.d/shop.conf',
        'server {\n    listen 8444 ssl;\n    server_name shop.example;\n    ssl_protocols TLSv1.2;\n    ssl_ciphers ECDHE+AESGCM;\n    location / { proxy_pass http://shop; }\n}\n',
      ),
    ],
    [violates(floor, 'nginx/conf.d/shop.conf', 'TLSv1.2'), violates(hsts, 'nginx/conf.d/shop.conf', 'server {\n')],
  ],
  [
    'a semicolon that is missing',
    [edit(site, '    server gateway:8000;', '    server gateway:8000')],
    [gap('unparsed', site, '}\n\nserver {\n    listen 8080', nginxChecks)],
  ],
  [
    'a brace that is missing',
    [rewrite(site, text => text.trimEnd().replace(/\}$/, ''))],
    [gap('unparsed', site, 'server {\n    listen 8443', nginxChecks)],
  ],
  [
    'an include that is not there',
    [
      edit(
        site,
        '    include /etc/nginx/snippets/headers.conf;\n\n',
        '    include /etc/nginx/snippets/security.conf;\n\n',
      ),
    ],
    [
      gap('unresolved', site, 'security.conf', nginxChecks),
      unsure(floor, site, 'security.conf'),
      unsure(ciphers, site, 'security.conf'),
      unsure(hsts, site, 'security.conf'),
    ],
  ],
  [
    'the main file nobody may read',
    [lock('nginx/nginx.conf')],
    [
      gap('unreadable', 'nginx/nginx.conf', undefined, [...nginxChecks, ...everyFile]),
      unsure(floor, 'nginx/nginx.conf'),
      unsure(ciphers, 'nginx/nginx.conf'),
    ],
  ],
  [
    'an included file nobody may read',
    [lock(tls)],
    [
      gap('unreadable', 'nginx/nginx.conf', 'snippets/tls.conf', nginxChecks),
      gap('unreadable', tls, undefined, [...nginxChecks, ...everyFile]),
      unsure(floor, 'nginx/nginx.conf', 'snippets/tls.conf'),
      unsure(ciphers, 'nginx/nginx.conf', 'snippets/tls.conf'),
    ],
  ],
  [
    'a redirect to the scheme it came by',
    [edit(site, 'return 301 https://$host$request_uri;', 'return 301 $scheme://www.diary.example$request_uri;')],
    [violates(plaintext, site, '$scheme')],
  ],
  [
    'a header in an if drops all others',
    [
      edit(
        site,
        '        limit_req zone',
        '        if ($request_method = OPTIONS) {\n            add_header Allow GET;\n            return 204;\n        }\n        limit_req zone',
      ),
    ],
    [violates(hsts, site, 'add_header Allow')],
  ],
  [
    'a page for errors without the headers',
    [
      edit(
        site,
        '    location /static/ {',
        '    error_page 502 /sorry.html;\n    location = /sorry.html {\n        root /srv/sorry;\n        add_header Retry-After 60 always;\n    }\n\n    location /static/ {',
      ),
    ],
    [violates(hsts, site, 'Retry-After')],
  ],
  [
    'the site switched off',
    [rename(site, 'nginx/conf.d/diary.conf.disabled')],
    [becomes(floor, 'empty'), becomes(ciphers, 'empty'), becomes(hsts, 'empty'), ...noEdge],
  ],
  [
    'the service mounts another file than the one that is hardened',
    [
      edit(compose, './nginx/nginx.conf:/etc', './nginx/simple.conf:/etc'),
      add(
        'nginx/simple.conf',
        'events {}\nhttp {\n    server {\n        listen 8443 ssl;\n        server_name diary.example;\n        location / { proxy_pass http://gateway:8000; }\n    }\n}\n',
      ),
    ],
    [
      violates(floor, 'nginx/simple.conf', '8443 ssl'),
      violates(ciphers, 'nginx/simple.conf', '8443 ssl'),
      violates(hsts, 'nginx/simple.conf', 'server {'),
      becomes(plaintext, 'empty'),
    ],
  ],
  [
    'the edge runs what is inside its image',
    [edit(compose, mounts, '')],
    [gap('unresolved', compose, '  edge:', nginxChecks), ...noEdge],
  ],
  [
    'the edge is another proxy, and the files of nginx lie about',
    [edit(compose, mounts, ''), edit(compose, 'nginxinc/nginx-unprivileged:1.29.3', 'traefik:3.6')],
    [...nginxUnseen, ...noEdge],
  ],
  [
    'the image holds a part of the files',
    [
      edit(compose, mounts, ''),
      rewrite(compose, text => text.replace(/image: nginxinc\S+/, 'build: ./nginx')),
      add(
        'nginx/Dockerfile',
        `FROM nginxinc/nginx-unprivileged:1.29.3@sha256:${'a'.repeat(64)}\nCOPY conf.d /etc/nginx/conf.d\n`,
      ),
    ],
    [
      gap('unresolved', site, 'headers.conf;\n\n', nginxChecks),
      gap('unresolved', site, 'headers.conf;\n        add_header', nginxChecks),
      unsure(floor, site, 'headers.conf;\n\n'),
      unsure(ciphers, site, 'headers.conf;\n\n'),
      unsure(hsts, site, 'headers.conf;\n\n'),
      unsure(hsts, site, 'headers.conf;\n        add_header'),
    ],
  ],
]

changeOneThing('nginx', nginx)
