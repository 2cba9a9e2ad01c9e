export { ManualClock } from './manual-clock.js';
export { envelopeCodecContract, type CodecUnderTest, type ContractCase } from './envelope-codec-contract.js';
export { bytes, concat, hex, utf8 } from './hex.js';
export { buildFrame, frameFor, mask, MASKING_KEY, type FrameParts } from './frames.js';
export { oneByOne, parse, splitsOf } from './parse.js';
export { RecordingSink, type SinkCall } from './recording-sink.js';
export { RawClient, upgradeRequest, type Ending, type ReceivedFrame, type ReceivedResponse } from './raw-client.js';
export { RawServer, switchingProtocols, type Answer } from './raw-server.js';
export { ConnectionLog, type CloseFacts, type LogEntry } from './connection-log.js';
export { ConnectProxy, type ConnectProxyOptions } from './connect-proxy.js';
export { NetworkHost } from './network-host.js';
export { EngineBench, type Served } from './engine-bench.js';
export { freePort } from './free-port.js';
export { findNginx, hasNginxStream, Nginx } from './nginx.js';
export type { NginxEdits, NginxSite } from './nginx-configuration.js';
export {
  CertificateAuthority,
  selfSignedCertificate,
  type CertificateAndKey,
  type CertificateOptions,
  type IssuedCertificate,
} from './certificates.js';
