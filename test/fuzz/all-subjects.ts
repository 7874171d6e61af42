import type { FuzzSubject } from './subject.js';
import { configurationSubject } from './subjects/configurations.js';
import { frameSubject } from './subjects/frames.js';
import { requestSubject } from './subjects/requests.js';
import { responseSubject } from './subjects/responses.js';
import { tunnelSubject } from './subjects/tunnel.js';

export const allSubjects: readonly FuzzSubject[] = [
  requestSubject,
  responseSubject,
  frameSubject,
  tunnelSubject,
  configurationSubject,
];
