export { ROOM_CLOSED, SampleCode } from './sample-code.js';
export type { CloseWithRequest, CountRequest, RollRequest } from './sample-code.js';
export { describeCloseCode, PROVOCATIONS, Way, type Provocation } from './provocations.js';
