import type { FuzzSubject } from './subject.js';
import { requestSubject } from './subjects/requests.js';
import { responseSubject } from './subjects/responses.js';

export const allSubjects: readonly FuzzSubject[] = [requestSubject, responseSubject];
