/** A configuration as users of Toyou Proxy write them. */
export const TOYOU_SAMPLE = `
# Services
services:
  web:
    url: "http://localhost:3000"
  chat:
    url: "ws://localhost:8081"
    proxy_host: "chat.internal"
    ping_interval: 30
    read_timeout: 60
    write_timeout: 60
  api:
    load_balancer:
      strategy: round_robin
      backends:
        - url: "http://10.0.0.1:8080"
          weight: 3
          active: true
        - url: "http://10.0.0.2:8080"
          weight: 1
          active: true
      health_check:
        enabled: true
        interval: 30
        timeout: 5
        path: "/health"

host_rules:
  - pattern: "www.example.com"
    port: 80
    target: web
    middlewares:
      - logging
  - pattern: "ws.example.com"
    port: 80
    target: chat
    route_rules:
      - pattern: "/ws/*"
        target: chat
        middlewares:
          - request_id
          - websocket
  - pattern: "~^api\\\\d+\\\\.example\\\\.com$"
    port: 8081
    target: api
    middlewares: [api_headers]

route_rules:
  - pattern: "/api/*"
    target: api
  - pattern: "/*"
    target: web

middlewares:
  - name: logging
    enabled: true
    config:
      log_level: info
  - name: headers
    enabled: true
    config:
      response:
        set: { X-Frame-Options: DENY }

  - name: websocket
    enabled: true
    config:
      ping_interval: 30
      pong_wait: 60
      write_wait: 10
      max_message_size: 512
      allowed_origins: ["https://app.example.com", "https://*.example.com"]
      enable_origin_check: true
      max_connections: 1000
      enable_rate_limit: false
      max_messages_per_minute: 1000

middleware_services:
  - name: api_headers
    type: headers
    enabled: true
    description: "Fields for the API"
    config:
      request:
        set: { X-From: proxy }

advanced:
  port: 8080
  timeout:
    read_timeout: 60
    write_timeout: 60
    dial_timeout: 10
  security:
    deny_hidden_files: true
    max_header_size: 32768
  buffer_size:
    read_buffer: 262144
    write_buffer: 65536
  connection_pool:
    max_idle_connections: 100
    max_active_connections: 1000
    idle_timeout: 90
  concurrency:
    max_goroutines: 10000
    goroutine_stack_size: 8192
`;
