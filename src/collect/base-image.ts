/** An image reference (distribution/reference): name without default registry, tag, digest. */
export interface ImageReference {
  readonly name: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

export const imageReference = (written: string): ImageReference => {
  const [before = '', digest] = written.split('@', 2)
  const colon = before.lastIndexOf(':')
  const hasTag = colon > before.lastIndexOf('/')
  const name = (hasTag ? before.slice(0, colon) : before)
    .toLowerCase()
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '')
    .replace(/^public\.ecr\.aws\/docker\/library\//, '')
  return { name, tag: hasTag ? before.slice(colon + 1) : undefined, digest }
}

/**
 * The user that images start as when nothing sets one. Read from the Dockerfiles of the images: Docker Official Images
 * (github.com/docker-library/official-images), and those that the vendors named publish. An image that starts as root
 * and lowers itself in its entrypoint (postgres, redis) starts as root: a derived image may never come to that point.
 */
const officialRoot: ReadonlySet<string> = new Set(
  (
    'alpine debian ubuntu busybox centos rockylinux almalinux fedora amazonlinux oraclelinux archlinux photon buildpack-deps ' +
    'python node golang rust ruby php perl openjdk eclipse-temurin amazoncorretto ibm-semeru-runtimes sapmachine maven gcc ' +
    'haskell elixir erlang swift julia r-base dart clojure bash composer docker nginx httpd caddy traefik tomcat ' +
    'postgres mysql mariadb redis valkey mongo rabbitmq cassandra zookeeper neo4j influxdb telegraf eclipse-mosquitto ' +
    'wordpress drupal joomla nextcloud ghost redmine registry hello-world nats consul vault couchdb adminer'
  ).split(' '),
)

const others: readonly { readonly name: RegExp; readonly user: string | ((tag: string) => string | undefined) }[] = [
  // Docker Official Images that set USER.
  { name: /^memcached$/, user: 'memcache' },
  { name: /^haproxy$/, user: tag => (/^(1\.|2\.[0-3]\b)/.test(tag) ? 'root' : 'haproxy') },
  { name: /^solr$/, user: 'solr' },
  { name: /^varnish$/, user: 'varnish' },
  { name: /^kong$/, user: 'kong' },
  { name: /^jetty$/, user: 'jetty' },
  // github.com/GoogleContainerTools/distroless: root, unless the tag says nonroot.
  { name: /^gcr\.io\/distroless\//, user: tag => (/nonroot/.test(tag) ? 'nonroot' : 'root') },
  { name: /^nginx(inc)?\/nginx-unprivileged$/, user: '101' },
  { name: /^bitnami(legacy)?\/minideb$/, user: 'root' },
  { name: /^(docker\.io\/)?bitnami(legacy)?\//, user: '1001' },
  {
    name: /^cgr\.dev\/chainguard\/(static|python|node|nginx|jre|glibc-dynamic|ruby|php|redis|postgres)$/,
    user: '65532',
  },
  { name: /^cgr\.dev\/chainguard\/wolfi-base$/, user: 'root' },
  { name: /^grafana\/grafana(-oss|-enterprise)?$/, user: '472' },
  { name: /^grafana\/(loki|tempo|mimir)$/, user: '10001' },
  { name: /^prom\/(prometheus|alertmanager|node-exporter|blackbox-exporter|pushgateway)$/, user: 'nobody' },
  { name: /^apache\/airflow$/, user: 'airflow' },
  { name: /^apache\/superset$/, user: 'superset' },
  { name: /^(quay\.io\/)?jupyter\//, user: 'jovyan' },
  { name: /^docker\.elastic\.co\/(elasticsearch|kibana|logstash)\//, user: '1000' },
  { name: /^jenkins\/(jenkins|inbound-agent|agent)$/, user: 'jenkins' },
  { name: /^quay\.io\/keycloak\/keycloak$/, user: '1000' },
  { name: /^opensearchproject\/opensearch$/, user: '1000' },
  { name: /^mambaorg\/micromamba$/, user: 'mambauser' },
  { name: /^mcr\.microsoft\.com\/mssql\/server$/, user: 'mssql' },
  {
    name: /^mcr\.microsoft\.com\/dotnet\/(nightly\/)?(sdk|aspnet|runtime|runtime-deps)$/,
    user: tag => (/chiseled|distroless/.test(tag) ? 'app' : 'root'),
  },
  {
    name: /^registry\.(access\.)?redhat\.com\/ubi\d+\/(ubi|ubi-minimal|ubi-micro|ubi-init)$|^registry\.(access\.)?redhat\.com\/ubi\d+(-minimal|-micro|-init)?$/,
    user: 'root',
  },
  {
    name: /^registry\.(access\.)?redhat\.com\/ubi\d+\/(python|nodejs|ruby|php|openjdk|go-toolset|nginx|httpd)-/,
    user: '1001',
  },
  {
    name: /^(nvidia\/cuda|pytorch\/pytorch|tensorflow\/tensorflow|continuumio\/(mini|ana)conda3?|valkey\/valkey|oven\/bun|denoland\/deno|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb)$/,
    user: 'root',
  },
  { name: /^(ghcr\.io\/astral-sh\/uv|nginxproxy\/nginx-proxy|minio\/minio)$/, user: 'root' },
  { name: /^quay\.io\/(centos\/centos|fedora\/fedora|rockylinux\/rockylinux|almalinuxorg\/almalinux)$/, user: 'root' },
]

/** Whether a bare name is that of a Docker Official Image, and not, say, of a build context. */
export const isOfficial = (name: string): boolean =>
  officialRoot.has(name) || others.some(other => !other.name.source.includes('/') && other.name.test(name))

/** The user a base image is known to start as; undefined when it is not known. */
export const userOfImage = ({ name, tag }: ImageReference): string | undefined => {
  if (officialRoot.has(name)) return 'root'
  const match = others.find(other => other.name.test(name))
  if (match === undefined) return undefined
  return typeof match.user === 'string' ? match.user : match.user(tag ?? 'latest')
}
