import { domainToASCII } from 'node:url';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { refuse } from './section.js';

/** A host: exact, `*.suffix`, `*`, or `~` and a regular expression. Kept as written. */
export const hostPattern = z
  .string()
  .superRefine((text, context) => {
    if (text.startsWith('~')) checkRegex(text, context);
    else if (text !== '*') checkHost(text, context);
  })
  .meta({ title: 'host pattern' });

/** A path: exact, `/prefix/*`, `*` for one segment, or `~` and a regular expression. Kept as written. */
export const pathPattern = z
  .string()
  .superRefine((text, context) => {
    if (text.startsWith('~')) checkRegex(text, context);
    else checkPath(text, context);
  })
  .meta({ title: 'path pattern' });

/** The regular expression of a `~` pattern; undefined where it is none. */
export function compilePattern(pattern: string): RE2JS | undefined {
  try {
    return pattern.startsWith('~') ? RE2JS.compile(pattern.slice(1)) : undefined;
  } catch {
    return undefined;
  }
}

/** Reports a `~` pattern that the linear-time engine does not take. */
export function checkRegex(pattern: string, context: z.core.$RefinementCtx): void {
  try {
    RE2JS.compile(pattern.slice(1));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    refuse(context, pattern, `bad regular expression: ${reason}`);
  }
}

const LABELS = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const ADDRESS_V6 = /^\[[0-9a-f:.]+\]$/i;

function checkHost(text: string, context: z.core.$RefinementCtx): void {
  const name = text.startsWith('*.') ? text.slice(2) : text;
  if (LABELS.test(name) || ADDRESS_V6.test(text)) return;
  const [, host, port] = /^(.*[^:]):(\d+)$/.exec(text) ?? [];
  if (host !== undefined && LABELS.test(host.replace(/^\*\./, ''))) {
    refuse(context, text, `a host pattern has no port: write \`port: ${port}\` beside it`, host);
  } else if (name.includes('*')) {
    refuse(context, text, '"*" stands alone or first, as in "*.example.com"; anything else is a "~" pattern');
  } else if (/^[a-z]+:\/\//i.test(text)) {
    const hostname = URL.canParse(text) ? new URL(text).hostname : undefined;
    refuse(context, text, 'expected a host, not a url', hostname);
  } else {
    const ascii = domainToASCII(name);
    const near = ascii !== '' && ascii !== name && LABELS.test(ascii) ? text.replace(name, ascii) : undefined;
    refuse(context, text, 'expected a host such as "ws.example.com", "*.example.com", "*", or "~" and a regex', near);
  }
}

function checkPath(text: string, context: z.core.$RefinementCtx): void {
  if (text === '*') {
    refuse(context, text, 'a path pattern begins with "/" or "~"', '/*');
  } else if (!text.startsWith('/')) {
    const near = /^[\w.*-]+(\/|$)/.test(text) ? `/${text}` : undefined;
    refuse(context, text, 'a path pattern begins with "/" or "~"', near);
  } else if (/[\s?#]/.test(text)) {
    refuse(context, text, 'a path pattern has no blank, query or fragment');
  } else if (text.split('/').some((segment) => segment.includes('*') && segment !== '*')) {
    const near = /^[^*]*[^*/]\*$/.test(text) ? `${text.slice(0, -1)}/*` : undefined;
    refuse(context, text, '"*" stands for a whole segment; for a part of one, write a "~" pattern', near);
  }
}
