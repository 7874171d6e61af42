/** A configuration as users of Toyou Proxy write them: its seven middlewares, and further rules in `conf.d`. */
export const TOYOU_SAMPLE = `
config_dir: "conf.d"

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
      - replace
  - pattern: "ws.example.com"
    port: 80
    target: chat
    route_rules:
      - pattern: "/ws/*"
        target: chat
        middlewares:
          - websocket
          - auth
          - logging
  - pattern: "~^api\\\\d+\\\\.example\\\\.com$"
    port: 8081
    target: api
    middlewares: [rate_limit, strict_auth]

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
  - name: cors
    enabled: true
    config:
      allowed_origins: ["*"]
      allowed_methods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"]
      allowed_headers: ["Content-Type", "Authorization"]

  - name: auth
    enabled: true
    config:
      jwt_secret: "your-secret-key"

  - name: rate_limit
    enabled: true
    config:
      requests_per_minute: 60

  - name: replace
    enabled: true
    config:
      rules:
        - from: "http://localhost:3000"
          to: "http://www.example.com"

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
  - name: strict_auth
    type: auth
    enabled: true
    description: "Tokens of the API"
    config:
      jwt_secret: "another-secret-key-of-thirty-two-bytes"
  - name: tenants
    type: dynamic_route
    enabled: true
    description: "Asks which service a host is for"
    config:
      api_url: "http://localhost:9000/route"
      timeout_seconds: 5
      cache_expiry_seconds: 60
  - name: strict_limit
    type: rate_limit
    enabled: true
    description: "For few requests"
    config:
      requests_per_minute: 10
      burst: 5
      key_extractor: "header:X-API-Key"

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

/** What stands in its `conf.d`. */
export const TOYOU_SAMPLE_PART = `
services:
  admin:
    url: "http://localhost:3001"

host_rules:
  - pattern: "admin.example.com"
    port: 80
    target: admin
    middlewares:
      - strict_limit
      - cors_admin
  - pattern: "*.example.com"
    port: 80
    target: web
    middlewares:
      - tenants

middleware_services:
  - name: cors_admin
    type: cors
    enabled: true
    config:
      allowed_origins: ["https://admin.example.com"]
`;
