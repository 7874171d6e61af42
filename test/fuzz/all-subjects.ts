import type { FuzzSubject } from './subject.js';
import { requestSubject } from './subjects/requests.js';

export const allSubjects: readonly FuzzSubject[] = [requestSubject];
