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
 * The user that images start as when nothing sets one: as the last stage of the Dockerfile says that was read at the commit
 * named. What was not read has no entry, and is not known. An image that starts as root and lowers itself in its
 * entrypoint (postgres, redis) starts as root: a derived image may never come to that point.
 */
const officialRoot: readonly { readonly read: string; readonly images: string }[] = [
  {
    read: 'docker-library/httpd@9b63b37c and others install packages on them without USER',
    images: 'debian alpine ubuntu',
  },
  { read: 'docker-library/buildpack-deps@8330ca1d', images: 'buildpack-deps' },
  { read: 'docker-library/busybox@9c208781', images: 'busybox' },
  { read: 'docker-library/mysql@7f30fdb0', images: 'oraclelinux mysql' },
  { read: 'swiftlang/swift-docker@902c2a9e', images: 'swift centos fedora amazonlinux' },
  { read: 'goharbor/harbor@c50c7ddd', images: 'photon' },
  { read: 'docker-library/python@4f070595', images: 'python' },
  { read: 'nodejs/docker-node@f27d936f', images: 'node' },
  { read: 'docker-library/golang@7c8c182b', images: 'golang' },
  { read: 'rust-lang/docker-rust@7668ee29', images: 'rust' },
  { read: 'docker-library/ruby@d55e25ae', images: 'ruby' },
  { read: 'docker-library/php@445bf414', images: 'php' },
  { read: 'docker-library/openjdk@da2d75fd', images: 'openjdk' },
  { read: 'adoptium/containers@d8d18d67', images: 'eclipse-temurin' },
  { read: 'corretto/corretto-docker@7075fecd', images: 'amazoncorretto' },
  { read: 'carlossg/docker-maven@0170c5bc', images: 'maven ibm-semeru-runtimes sapmachine' },
  { read: 'haskell/docker-haskell@9a7cd37b', images: 'haskell' },
  { read: 'erlang/docker-erlang-otp@023b069b', images: 'erlang' },
  { read: 'docker-library/julia@aa7507fe', images: 'julia' },
  { read: 'rocker-org/rocker@353d611b', images: 'r-base' },
  { read: 'tianon/docker-bash@cd784eb5', images: 'bash' },
  { read: 'composer/docker@e1056b5b', images: 'composer' },
  { read: 'nginxinc/docker-nginx@b430becb', images: 'nginx' },
  { read: 'docker-library/httpd@9b63b37c', images: 'httpd' },
  { read: 'caddyserver/caddy-docker@62d13264', images: 'caddy' },
  { read: 'traefik/traefik-library-image@69739382', images: 'traefik' },
  { read: 'docker-library/tomcat@40f27d56', images: 'tomcat' },
  { read: 'docker-library/postgres@6edb0a8c', images: 'postgres' },
  { read: 'redis/docker-library-redis@e5650da9', images: 'redis' },
  { read: 'valkey-io/valkey-container@ae6141ea', images: 'valkey' },
  { read: 'docker-library/mongo@2c69a57b', images: 'mongo' },
  { read: 'docker-library/rabbitmq@9193c1de', images: 'rabbitmq' },
  { read: 'docker-library/cassandra@7b9da8f4', images: 'cassandra' },
  { read: '31z4/zookeeper-docker@52a83649', images: 'zookeeper' },
  { read: 'neo4j/docker-neo4j-publish@a9a15fb5', images: 'neo4j' },
  { read: 'influxdata/influxdata-docker@d457cb93', images: 'telegraf' },
  { read: 'eclipse-mosquitto/mosquitto@7b8aba10', images: 'eclipse-mosquitto' },
  { read: 'docker-library/drupal@305e3e2a', images: 'drupal' },
  { read: 'joomla-docker/docker-joomla@562e0feb', images: 'joomla' },
  { read: 'nextcloud/docker@4de1eed6', images: 'nextcloud' },
  { read: 'docker-library/ghost@7edb45d6', images: 'ghost' },
  { read: 'docker-library/redmine@f772dee7', images: 'redmine' },
  { read: 'distribution/distribution-library-image@a829ed8c', images: 'registry' },
  { read: 'docker-library/hello-world@a1942f27', images: 'hello-world' },
  { read: 'nats-io/nats-docker@aa0caa57', images: 'nats' },
  { read: 'hashicorp/docker-consul@aedd0844', images: 'consul' },
  { read: 'hashicorp/docker-vault@ed323958', images: 'vault' },
  { read: 'apache/couchdb-docker@4c82ee09', images: 'couchdb' },
  { read: 'mongo-express/mongo-express-docker@07523436', images: 'mongo-express' },
]

const rootNames: ReadonlySet<string> = new Set(officialRoot.flatMap(({ images }) => images.split(' ')))

/** `name` is matched against the whole name; `official`: a Docker Official Image, known by a bare name. */
interface KnownImage {
  readonly name: RegExp
  readonly read: string
  readonly user: string | ((tag: string) => string | undefined)
  readonly official?: true
}

const others: readonly KnownImage[] = [
  { name: /^adminer$/, user: 'adminer', read: 'TimWolla/docker-adminer@7088bf0e', official: true },
  { name: /^memcached$/, user: 'memcache', read: 'docker-library/memcached@53ac0ecb', official: true },
  {
    name: /^haproxy$/,
    user: tag => (/^(2\.[6-9]|2\.[1-9]\d|[3-9]|lts|latest|alpine)/.test(tag) ? 'haproxy' : undefined),
    read: 'docker-library/haproxy@ec437dd2',
    official: true,
  },
  { name: /^solr$/, user: '8983', read: 'apache/solr-docker@884b2e66', official: true },
  {
    name: /^varnish$/,
    user: tag => (/^([7-9]|stable|fresh|old|latest|alpine)/.test(tag) ? 'varnish' : undefined),
    read: 'varnish/docker-varnish@eb60dff6',
    official: true,
  },
  { name: /^kong$/, user: 'kong', read: 'Kong/docker-kong@d1ed165b', official: true },
  { name: /^jetty$/, user: 'jetty', read: 'eclipse/jetty.docker@ebf58ffb', official: true },
  {
    name: /^mariadb$/,
    user: tag => (/(^|-)ubi\d*(-|$)/.test(tag) ? 'mysql' : 'root'),
    read: 'MariaDB/mariadb-docker@1b6429ba',
    official: true,
  },
  {
    name: /^docker$/,
    user: tag => (/rootless/.test(tag) ? 'rootless' : 'root'),
    read: 'docker-library/docker@3289af88',
    official: true,
  },
  {
    name: /^wordpress$/,
    user: tag => (/^cli\b/.test(tag) ? 'www-data' : 'root'),
    read: 'docker-library/wordpress@bf223d1c',
    official: true,
  },
  { name: /^influxdb$/, user: userOfInfluxdb, read: 'influxdata/influxdata-docker@d457cb93', official: true },
  {
    name: /^gcr\.io\/distroless\/.+$/,
    user: tag => (/nonroot/.test(tag) ? '65532' : 'root'),
    read: 'GoogleContainerTools/distroless@cd080764',
  },
  { name: /^nginx(inc)?\/nginx-unprivileged$/, user: '101', read: 'nginxinc/docker-nginx-unprivileged@8ead5ced' },
  { name: /^bitnami(legacy)?\/minideb$/, user: 'root', read: 'bitnami/containers@0293904c' },
  { name: /^bitnami(legacy)?\/(postgresql|redis|nginx|mongodb)$/, user: '1001', read: 'bitnami/containers@0293904c' },
  { name: /^grafana\/grafana(-oss|-enterprise)?$/, user: '472', read: 'grafana/grafana-docker@984f4e02' },
  { name: /^grafana\/loki$/, user: '10001', read: 'grafana/loki@65e30f84' },
  { name: /^grafana\/promtail$/, user: 'root', read: 'grafana/loki@65e30f84' },
  {
    name: /^grafana\/tempo$/,
    // Root up to 2.4: the release notes of 2.5.0 (grafana/tempo#2265) say that the image gives up root.
    user: tag => (/^[01]\.|^2\.[0-4]\b/.test(tag) ? undefined : '10001'),
    read: 'grafana/tempo@04b7a5af',
  },
  {
    name: /^(prom|quay\.io\/prometheus)\/prometheus$/,
    user: tag => (/distroless/.test(tag) ? '65532' : 'nobody'),
    read: 'prometheus/prometheus@d15adb9a',
  },
  {
    name: /^(prom|quay\.io\/prometheus)\/alertmanager$/,
    user: tag => (/distroless/.test(tag) ? '65532' : 'nobody'),
    read: 'prometheus/alertmanager@68fb2d57',
  },
  {
    name: /^(prom|quay\.io\/prometheus)\/node-exporter$/,
    user: tag => (/distroless/.test(tag) ? '65532' : 'nobody'),
    read: 'prometheus/node_exporter@a7dcc3a0',
  },
  {
    name: /^(prom|quay\.io\/prometheus)\/pushgateway$/,
    user: tag => (/distroless/.test(tag) ? '65532' : '65534'),
    read: 'prometheus/pushgateway@412bd22b',
  },
  {
    name: /^(prom|quay\.io\/prometheus)\/blackbox-exporter$/,
    user: tag => (/distroless/.test(tag) ? '65532' : 'root'),
    read: 'prometheus/blackbox_exporter@e39d7d41',
  },
  { name: /^gcr\.io\/cadvisor\/cadvisor$/, user: 'root', read: 'google/cadvisor@6a0c4f25' },
  { name: /^axllent\/mailpit$/, user: 'root', read: 'axllent/mailpit@408b30d5' },
  { name: /^apache\/airflow$/, user: '50000', read: 'apache/airflow@0060b1a4' },
  { name: /^apache\/superset$/, user: 'superset', read: 'apache/superset@003941c0' },
  {
    name: /^(quay\.io\/)?jupyter\/(docker-stacks-foundation|[a-z]+(-[a-z]+)?-notebook)$/,
    user: '1000',
    read: 'jupyter/docker-stacks@82093869',
  },
  {
    name: /^docker\.elastic\.co\/elasticsearch\/elasticsearch$/,
    user: tag => (/^[89]\./.test(tag) ? '1000:0' : undefined),
    read: 'elastic/dockerfiles@000ec079',
  },
  { name: /^jenkins\/jenkins$/, user: 'jenkins', read: 'jenkinsci/docker@ab3f5e0a' },
  { name: /^jenkins\/(inbound-agent|agent)$/, user: 'jenkins', read: 'jenkinsci/docker-agent@b066c0a9' },
  { name: /^quay\.io\/keycloak\/keycloak$/, user: '1000', read: 'keycloak/keycloak@0463815b' },
  {
    name: /^opensearchproject\/opensearch(-dashboards)?$/,
    user: '1000',
    read: 'opensearch-project/opensearch-build@4372bf71',
  },
  { name: /^mambaorg\/micromamba$/, user: 'mambauser', read: 'mamba-org/micromamba-docker@a815800c' },
  {
    name: /^mcr\.microsoft\.com\/dotnet\/(nightly\/)?(sdk|aspnet|runtime|runtime-deps)$/,
    user: userOfDotnet,
    read: 'dotnet/dotnet-docker@3ed00b61',
  },
  {
    name: /^(registry\.(access\.)?redhat\.com|redhat)\/ubi\d+(\/ubi|\/ubi-minimal|-minimal)?$/,
    user: 'root',
    read: 'MariaDB/mariadb-docker@1b6429ba and jenkinsci/docker-agent@b066c0a9 install packages on them without USER',
  },
  {
    name: /^registry\.(access\.)?redhat\.com\/ubi\d+\/python-\d+$/,
    user: '1001',
    read: 'sclorg/s2i-python-container@15f02cab',
  },
  { name: /^continuumio\/(mini|ana)conda3$/, user: 'root', read: 'ContinuumIO/docker-images@dc64b234' },
  { name: /^valkey\/valkey$/, user: 'root', read: 'valkey-io/valkey-container@ae6141ea' },
  { name: /^oven\/bun$/, user: 'root', read: 'oven-sh/bun@10babb5c' },
  { name: /^denoland\/deno$/, user: 'root', read: 'denoland/deno_docker@b7864b72' },
  { name: /^postgis\/postgis$/, user: 'root', read: 'postgis/docker-postgis@51b35550' },
  { name: /^pgvector\/pgvector$/, user: 'root', read: 'pgvector/pgvector@e48241b4' },
  { name: /^timescale\/timescaledb$/, user: 'root', read: 'timescale/timescaledb-docker@029292c0' },
  { name: /^ghcr\.io\/astral-sh\/uv$/, user: 'root', read: 'astral-sh/uv@26a9dd4b' },
  { name: /^nginxproxy\/nginx-proxy$/, user: 'root', read: 'nginx-proxy/nginx-proxy@584073da' },
  {
    name: /^(quay\.io\/)?minio\/minio$/,
    user: 'root',
    read: 'minio/minio@7aac2a2c, on ubi-micro, where keycloak/keycloak@0463815b writes /etc/group',
  },
]

/** 1.7 to 1.10 and 2 set no USER, nor do the images of a cluster; 1.11 and 3 set one. `latest` has moved between them. */
function userOfInfluxdb(tag: string): string | undefined {
  if (/-(data|meta)\b/.test(tag) || /^(1\.([7-9]|10)|2)\b/.test(tag)) return 'root'
  if (/^1\.1[12]\b/.test(tag)) return 'influxdb'
  return /^3\b|core|enterprise/.test(tag) ? 'influxdb3' : undefined
}

/** APP_UID of the images without a shell; those for Windows differ from each other. */
function userOfDotnet(tag: string): string | undefined {
  if (/nanoserver|windowsservercore/.test(tag)) return undefined
  return /chiseled|distroless/.test(tag) ? '1654' : 'root'
}

/** Whether a bare name is that of a Docker Official Image, and not, say, of a build context. */
export const isOfficial = (name: string): boolean =>
  rootNames.has(name) || others.some(other => other.official === true && other.name.test(name))

/**
 * The user a base image is known to start as; undefined when it is not known. A digest alone tells no tag, and so not
 * which of an image's variants it is.
 */
export const userOfImage = ({ name, tag, digest }: ImageReference): string | undefined => {
  if (rootNames.has(name)) return 'root'
  const match = others.find(other => other.name.test(name))
  if (match === undefined) return undefined
  if (typeof match.user === 'string') return match.user
  return tag === undefined && digest !== undefined ? undefined : match.user(tag ?? 'latest')
}
