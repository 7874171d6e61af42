export type { Config } from './config/config.js';
export { type LoadResult, loadConfig } from './config/load-config.js';
export type { BackendRequest, Exchange, ExchangeKind, LocalResponse } from './exchange/exchange.js';
export { type Log, silentLog } from './exchange/log.js';
export type { Middleware, MiddlewareHost, MiddlewareType } from './exchange/middleware.js';
export type { Outcome } from './exchange/outcome.js';
export type { HeaderList } from './protocol/http1/header-list.js';
export { createProxy, type ProxyOptions, type ReverseProxy } from './proxy.js';
export type { ReloadOptions, ReloadReport, ReloadResult } from './reload.js';
