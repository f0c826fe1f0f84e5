import type { ServiceRole } from '../facts/network.ts'
import { imageName, proxyIn } from './compose-file.ts'

/** What is seen of a service: enough to say what it is. */
export interface ServiceSigns {
  readonly image: string | undefined
  /** What the image built here starts from. */
  readonly base: string | undefined
  /** Words of entrypoint and command, in this order. */
  readonly words: readonly string[]
  /** Values of its environment, by name. */
  readonly environment: readonly { readonly name: string; readonly value: string }[]
  /** Python packages its build installs, as far as a requirements file says. */
  readonly packages: readonly string[]
}

export interface RoleSeen {
  readonly role: ServiceRole
  /** A clause: `its image is postgres`. */
  readonly because: string
}

const named = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/))

/** Image names (the last part, without tag) by what they are; vendors' names and those in wide use. */
const byImage: readonly { readonly role: ServiceRole; readonly names: ReadonlySet<string> }[] = [
  {
    role: 'database',
    names: named(
      'postgres pgautoupgrade postgresql postgresql-repmgr postgis timescaledb timescaledb-ha pgvector pgvecto-rs vectorchord ' +
        'postgres-ha spilo-15 spilo-16 spilo-17 alloydbomni mysql mysql-server mariadb percona percona-server ' +
        'percona-xtradb-cluster mongo mongodb mongodb-community-server mongodb-enterprise-server ferretdb cassandra ' +
        'scylla couchdb couchbase neo4j arangodb clickhouse clickhouse-server elasticsearch opensearch influxdb questdb ' +
        'cockroach yugabyte tidb rethinkdb surrealdb orientdb dgraph janusgraph memgraph qdrant weaviate milvus chroma ' +
        'solr typesense meilisearch manticore crate duckdb etcd zookeeper azure-sql-edge oracle-free oracle-xe ' +
        'db2 firebird libsql-server sqld immudb tarantool aerospike aerospike-server dynamodb-local zincsearch zinc',
    ),
  },
  {
    role: 'cache',
    names: named(
      'redis redismod redis-stack redis-stack-server valkey keydb dragonfly memcached garnet redis-cluster redis-sentinel hazelcast',
    ),
  },
  {
    role: 'message broker',
    names: named(
      'rabbitmq kafka cp-kafka cp-server redpanda nats nats-streaming activemq activemq-artemis activemq-classic pulsar ' +
        'pulsar-all bitnami-kafka kafka-native nsqd beanstalkd',
    ),
  },
  {
    role: 'observability store',
    names: named(
      'loki prometheus alertmanager tempo mimir pyroscope cortex thanos victoria-metrics victoria-logs victoria-traces ' +
        'vmselect vmstorage vminsert vmalert jaeger all-in-one jaeger-query zipkin graylog signoz pushgateway graphite ' +
        'graphite-statsd',
    ),
  },
  { role: 'dashboard', names: named('grafana grafana-oss grafana-enterprise kibana opensearch-dashboards chronograf') },
  {
    role: 'collector',
    names: named(
      'alloy promtail agent fluent-bit fluentd vector telegraf opentelemetry-collector opentelemetry-collector-contrib ' +
        'otel-collector node-exporter cadvisor postgres-exporter postgres_exporter redis_exporter mysqld-exporter ' +
        'nginx-prometheus-exporter blackbox-exporter filebeat metricbeat logstash vmagent statsd-exporter',
    ),
  },
  { role: 'tunnel', names: named('cloudflared ngrok inlets frpc playit bore zrok') },
  { role: 'forward proxy', names: named('squid tinyproxy privoxy 3proxy smokescreen dante mitmproxy gost') },
  {
    role: 'LLM runtime',
    names: named(
      'ollama vllm vllm-openai llama.cpp llama-cpp llama-cpp-python text-generation-inference localai local-ai litellm ' +
        'litellm-database text-generation-webui sglang lmdeploy tabbyapi koboldcpp xinference aphrodite-engine openllm ' +
        'llamafile mlc-llm tgi tensorrt-llm tritonserver fastchat gpt4all ramalama llama-server llama-swap ' +
        'text-embeddings-inference infinity-emb nim-llm',
    ),
  },
]

/** `all-in-one` and `agent` are images of many; the vendor's name has to be there too. */
const needsVendor: ReadonlyMap<string, RegExp> = new Map([
  ['all-in-one', /jaeger/],
  ['agent', /^(?:docker\.io\/)?grafana\//],
  ['server', /mssql/],
  ['infinity-emb', /./],
])

/** The program a container starts, where its image says nothing. */
const byProgram: readonly { readonly role: ServiceRole; readonly program: RegExp }[] = [
  { role: 'database', program: /^(?:postgres|mysqld|mariadbd|mongod|clickhouse-server|etcd|cockroach|qdrant)$/ },
  { role: 'cache', program: /^(?:redis-server|valkey-server|memcached|keydb-server)$/ },
  { role: 'message broker', program: /^(?:rabbitmq-server|nats-server|rpk)$/ },
  { role: 'LLM runtime', program: /^(?:ollama|vllm|llama-server|text-generation-launcher|litellm|lmdeploy|local-ai)$/ },
  { role: 'tunnel', program: /^(?:cloudflared|ngrok)$/ },
]
const modules = /^(?:vllm\.entrypoints\.|llama_cpp\.server|sglang\.launch_server|fastchat\.serve|mlx_lm\.server)/

/** Python packages that load a model into the process (their pages on the Python Package Index say so). */
const inference: ReadonlySet<string> = named(
  'vllm llama-cpp-python ctransformers gpt4all sglang lmdeploy mlx-lm exllamav2 exllamav3 aphrodite-engine auto-gptq',
)

const roleOfImage = (image: string): { role: ServiceRole; name: string } | undefined => {
  // A tag that is a variable may hold a colon of its own: `:${VERSION:-9}`.
  const name = imageName(image.replaceAll(/\$\{[^}]{0,200}\}/g, 'x'))
  if (/(?:^|\/)mssql\/server$/.test(image.replace(/[:@].*$/, ''))) return { role: 'database', name: 'mssql/server' }
  const vendor = needsVendor.get(name)
  if (vendor !== undefined && !vendor.test(image)) return undefined
  const proxy = proxyIn(image)
  if (proxy !== undefined) return { role: 'reverse proxy', name: proxy }
  const found = byImage.find(({ names }) => names.has(name))
  if (found !== undefined) return { role: found.role, name }
  // supabase/postgres, timescale/timescaledb-ha:pg17, acme/postgres-with-extensions; not postgres-backup, -exporter.
  if (
    /^(?:postgres|mysql|mariadb|mongo|redis)[-_](?:\d|with|pg|ha|alpine|server|custom|master|primary|replica)/.test(
      name,
    )
  )
    return { role: /^redis/.test(name) ? 'cache' : 'database', name }
  return undefined
}

/** What a service is; undefined where nothing tells. */
export const roleOf = ({ image, base, words, environment, packages }: ServiceSigns): RoleSeen | undefined => {
  const own = image === undefined ? undefined : roleOfImage(image)
  if (own?.role === 'LLM runtime' && isClient(words, environment)) return undefined
  if (own !== undefined) return { role: own.role, because: `its image is ${own.name}` }
  const below = base === undefined ? undefined : roleOfImage(base)
  if (below !== undefined) return { role: below.role, because: `it is built from ${below.name}` }
  const program =
    (words.find(word => !/^(?:exec|sh|bash|-c|-lc|tini|--|uv|run|poetry)$/.test(word)) ?? '').split('/').at(-1) ?? ''
  const started = byProgram.find(one => one.program.test(program))
  if (started !== undefined) return { role: started.role, because: `it runs ${program}` }
  const module = words.find(word => modules.test(word))
  if (module !== undefined) return { role: 'LLM runtime', because: `it runs ${module.slice(0, 60)}` }
  if (words.some(isModel)) return { role: 'LLM runtime', because: 'its command names a model file (.gguf)' }
  const weights = environment.find(({ value }) => isModel(value))
  if (weights !== undefined) return { role: 'LLM runtime', because: `its ${weights.name} names a model file (.gguf)` }
  const loaded = packages.find(name => inference.has(name))
  return loaded === undefined ? undefined : { role: 'LLM runtime', because: `its build installs ${loaded}` }
}

/** A job beside a runtime, out of the same image: it fetches a model, or asks the runtime of another service. */
const isClient = (words: readonly string[], environment: ServiceSigns['environment']): boolean => {
  const text = words.join(' ')
  return (
    /\bollama\s+(?:pull|create|push|cp|rm|list|show)\b/.test(text) &&
    !/\bollama\s+serve\b/.test(text) &&
    (/\bOLLAMA_HOST=/.test(text) ||
      environment.some(({ name, value }) => name === 'OLLAMA_HOST' && !isOwnAddress(value)))
  )
}

const isOwnAddress = (value: string): boolean => /^(?:https?:\/\/)?(?:0\.0\.0\.0|127\.|localhost|\[?::|:|$)/.test(value)

const isModel = (word: string): boolean => word.length < 1_000 && /\.gguf$/i.test(word)

/** Names of packages in a requirements file, as the index normalises them (PEP 503). */
export const packagesIn = (requirements: string): readonly string[] =>
  requirements
    .split('\n')
    .flatMap(line => /^\s{0,20}([A-Za-z0-9][\w.-]{0,80})/.exec(line)?.[1] ?? [])
    .map(name => name.toLowerCase().replaceAll(/[._]+|-{2,}/g, '-'))
