import { add, edit, gap, lock, rewrite, unsure, violates } from './edits.ts'
import { bases, bridge, compose, dockerfileChecks, everyFile, gateway, inImage, ownUser, user } from './names.ts'
import { changeOneThing, type Row } from './table.ts'

const dockerfiles: readonly Row[] = [
  [
    'no USER',
    [edit(gateway, 'USER 10001:10001\n', '')],
    [
      violates(
        ownUser,
        gateway,
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\n',
      ),
    ],
  ],
  ['USER root', [edit(gateway, 'USER 10001:10001', 'USER root')], [violates(ownUser, gateway, 'USER root')]],
  ['USER 0 with a group', [edit(gateway, 'USER 10001:10001', 'USER 0:10001')], [violates(ownUser, gateway, 'USER 0')]],
  [
    'USER root again at the end',
    [edit(gateway, 'HEALTHCHECK', 'USER root\nHEALTHCHECK')],
    [violates(ownUser, gateway, 'USER root')],
  ],
  [
    'USER in the build stage only',
    [edit(gateway, 'USER 10001:10001\n', ''), edit(gateway, 'WORKDIR /src', 'USER 10001\nWORKDIR /src')],
    [
      violates(
        ownUser,
        gateway,
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\n',
      ),
    ],
  ],
  [
    'USER in a comment',
    [edit(gateway, 'USER 10001:10001', '# USER 10001:10001')],
    [
      violates(
        ownUser,
        gateway,
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\n',
      ),
    ],
  ],
  [
    'USER from an argument that is root',
    [edit(gateway, 'USER 10001:10001', 'ARG RUN_AS=root\nUSER ${RUN_AS}')],
    [violates(ownUser, gateway, 'USER ${RUN_AS}')],
  ],
  [
    'USER from an argument nobody sets',
    [edit(gateway, 'USER 10001:10001', 'ARG RUN_AS\nUSER ${RUN_AS}')],
    [unsure(user, gateway, 'USER ${RUN_AS}')],
  ],
  [
    'no USER on a base nobody knows',
    [edit(bridge, 'python:3.13.9-slim@', 'registry.example/base:1@'), edit(bridge, 'USER bridge\n', '')],
    [violates(ownUser, bridge, 'FROM')],
  ],
  [
    'a base without a digest',
    [edit(bridge, '@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1', '')],
    [violates(bases, bridge, 'FROM')],
  ],
  [
    'a base that is latest',
    [
      edit(
        bridge,
        'python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1',
        'python',
      ),
    ],
    [violates(bases, bridge, 'FROM')],
  ],
  [
    'a base that nobody names',
    [
      edit(
        bridge,
        'ARG PYTHON=python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1',
        'ARG PYTHON',
      ),
    ],
    [unsure(bases, bridge, 'FROM')],
  ],
  [
    'a file from an image without a digest',
    [edit(gateway, 'COPY app /srv/app', 'COPY app /srv/app\nCOPY --from=busybox:1.37 /bin/wget /bin/wget')],
    [violates(bases, gateway, 'busybox')],
  ],
  [
    'a key in the environment',
    [edit(gateway, 'WORKDIR /srv\n', 'WORKDIR /srv\nENV API_KEY=EXAMPLE-0123456789abcdef\n')],
    [violates(inImage, gateway, 'API_KEY')],
  ],
  [
    'a token as a build argument',
    [edit(bridge, 'RUN useradd', 'ARG INDEX_TOKEN\nRUN useradd')],
    [violates(inImage, bridge, 'ARG INDEX_TOKEN')],
  ],
  [
    'a password in a command',
    [edit(bridge, 'RUN useradd', 'RUN curl -u build:EXAMPLE-pass https://pkgs.example/model -o /model\nRUN useradd')],
    [violates(inImage, bridge, 'curl')],
  ],
  [
    'a key on the second line of ENV',
    [edit(gateway, 'WORKDIR /srv\n', 'WORKDIR /srv\nENV TZ=UTC \\\n    API_KEY=EXAMPLE-0123456789abcdef\n')],
    [violates(inImage, gateway, 'API_KEY')],
  ],
  [
    'a second Dockerfile that runs as root',
    [
      add(
        'worker/worker.Dockerfile',
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\nCOPY worker.py /\n',
      ),
    ],
    [violates(user, 'worker/worker.Dockerfile', 'FROM')],
  ],
  [
    'a Containerfile that runs as root',
    [
      add(
        'worker/Containerfile',
        'FROM python:3.13.9-slim@sha256:11a4a60b518bf24989d481468076e5d5982884626aed9faeb35b8576fcd223e1\nCOPY worker.py /\n',
      ),
    ],
    [violates(user, 'worker/Containerfile', 'FROM')],
  ],
  [
    'a Dockerfile nobody may read',
    [lock(bridge)],
    [gap('unreadable', bridge, undefined, [...dockerfileChecks, ...everyFile])],
  ],
  [
    'a Dockerfile that is none',
    [rewrite(bridge, () => 'see the wiki for how to build this\n')],
    [gap('unparsed', bridge, 'see the wiki', dockerfileChecks)],
  ],
  [
    'a Dockerfile without a FROM',
    [edit(bridge, 'FROM ${PYTHON}\n', '')],
    [gap('unparsed', bridge, 'RUN useradd', dockerfileChecks)],
  ],
  [
    'USER root in quotes',
    [edit(gateway, 'USER 10001:10001', 'USER root:root')],
    [violates(ownUser, gateway, 'USER root:root')],
  ],
  ['USER 0 in other digits', [edit(gateway, 'USER 10001:10001', 'USER 00')], [violates(ownUser, gateway, 'USER 00')]],
  [
    'nothing but a binary, as root',
    [add('probe/Dockerfile', 'FROM scratch\nCOPY probe /probe\nENTRYPOINT ["/probe"]\n')],
    [violates(user, 'probe/Dockerfile', 'FROM scratch')],
  ],
  [
    'the stage that is deployed is not the last one',
    [
      edit(
        compose,
        '    build: ./gateway\n    user: "10001:10001"\n',
        '    build: { context: ./gateway, target: build }\n',
      ),
    ],
    [violates(ownUser, gateway, 'AS build')],
    'which stage Compose builds is not followed',
  ],
  [
    'a fallback key in ENV',
    [edit(gateway, 'WORKDIR /srv\n', 'ARG KEY\nWORKDIR /srv\nENV API_KEY=${KEY:-EXAMPLE-fallback}\n')],
    [violates(inImage, gateway, 'API_KEY')],
  ],
  [
    'a key in a here-document',
    [
      edit(
        bridge,
        'RUN useradd',
        'RUN <<EOF\nexport HF_TOKEN=hf_EXAMPLEexampleEXAMPLE\ncurl -H "Authorization: Bearer $HF_TOKEN" https://models.example -o /model\nEOF\nRUN useradd',
      ),
    ],
    [violates(inImage, bridge, 'hf_EXAMPLE')],
  ],
]

changeOneThing('Dockerfiles', dockerfiles)
