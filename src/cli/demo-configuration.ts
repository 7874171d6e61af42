import type { DemoPorts } from './demo-backends.js';

/** The demo's configuration, as somebody would write it. */
export function demoConfiguration(port: number, backends: DemoPorts): string {
  return `services:
  page: { url: "http://127.0.0.1:${backends.page}" }
  events: { url: "http://127.0.0.1:${backends.events}" }
  echo: { url: "ws://127.0.0.1:${backends.echo}" }
host_rules:
  - pattern: "*"
    target: page
    route_rules:
      - { pattern: "/ws/*", target: echo }
      - { pattern: "/stats", target: echo }
      - { pattern: "/events", target: events }
advanced:
  port: ${port}
  bind: "127.0.0.1"
  timeout: { drain_timeout: 1 }
`;
}
