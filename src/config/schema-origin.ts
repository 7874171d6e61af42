import { z } from 'zod';
import { originPatternFault } from '../protocol/http1/allowed-origins.js';
import { refuse } from './section.js';

/** Pages by where they come from: one of the patterns of `compileAllowedOrigins`. */
export const originPattern = z.string().superRefine((pattern, context) => {
  const fault = originPatternFault(pattern);
  if (fault !== null) refuse(context, pattern, fault.message, fault.suggestion);
});
