import { TlsClient } from './channel/tls-client.js';
import type { BackendConfig, Config, HostRuleConfig, ServiceConfig } from './config/config.js';
import { type Certificate, Certificates, clientAuthorityOf, createCertificate } from './listener/certificates.js';
import { hostName } from './protocol/http1/host-name.js';
import { compileHostPattern } from './router/host-pattern.js';
import { HostTable } from './router/host-table.js';

/**
 * How TLS is spoken to a backend; null: not at all.
 * @param before as it was spoken before, with a session to resume: goes on where nothing is different
 * @throws Error where OpenSSL does not take the certificates
 */
export function tlsClientFor(
  { host, tls: secure }: BackendConfig,
  tls: ServiceConfig['tls'],
  before: TlsClient | null,
): TlsClient | null {
  if (!secure) return null;
  const options = {
    host,
    serverName: tls?.server_name,
    ca: tls?.ca?.pem,
    cert: tls?.cert?.pem,
    key: tls?.key?.pem,
    verify: tls?.verify ?? true,
    minVersion: `TLSv${tls?.min_version ?? '1.2'}`,
  } as const;
  return before?.speaksBy(options) ? before : new TlsClient(options);
}

/** What the connection of a client must satisfy for requests to this host; null: nothing. */
export function clientAuthorityFor(rule: HostRuleConfig | undefined): string | null {
  if (rule?.tls === undefined) return null;
  const { port, pattern, tls } = rule;
  return clientAuthorityOf(`${port} ${pattern}`, { clientCa: tls.client_ca?.pem, clientAuth: tls.client_auth });
}

/**
 * By the port of each listener that speaks TLS: what it shows to clients.
 * @throws Error where OpenSSL does not take a certificate
 */
export function buildCertificates(config: Config): Map<number, Certificates> {
  const secure = config.host_rules.filter(({ tls }) => tls !== undefined);
  const ports = new Set(secure.map(({ port }) => port));
  return new Map([...ports].map((port) => [port, certificatesOf(secure.filter((rule) => rule.port === port))]));
}

function certificatesOf(rules: readonly HostRuleConfig[]): Certificates {
  const hosts = new HostTable<Certificate>();
  const all = rules.flatMap((rule) => {
    const { tls, pattern } = rule;
    if (tls === undefined) return [];
    const options = { cert: tls.cert.pem, key: tls.key.pem, clientCa: tls.client_ca?.pem, clientAuth: tls.client_auth };
    const certificate = createCertificate(options, clientAuthorityFor(rule));
    hosts.add(compileHostPattern(pattern), certificate);
    return [certificate];
  });
  return new Certificates(all as [Certificate, ...Certificate[]], (serverName) => hosts.find(hostName(serverName)));
}
