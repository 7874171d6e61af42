import { throughLinks } from './faults/test-links.js';

/** More than the kernel's buffers take between two ends: there are twice as many where fault proxies stand between. */
export const MUCH_BYTES = (throughLinks ? 64 : 32) * 1024 * 1024;
