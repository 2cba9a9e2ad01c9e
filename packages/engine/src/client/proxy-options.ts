import { checkHeaders } from './check-headers.js';
import { basicCredentials } from './credentials.js';
import { isExempt } from './no-proxy.js';
import { type ClientTlsOptions, resolveTls } from './tls-options.js';

/** Header fields that the CONNECT itself decides. */
const RESERVED_HEADERS = /^(?:host|connection|upgrade|content-length|transfer-encoding)$/i;

/** An HTTP proxy that the connection goes through, by `CONNECT` (RFC 9110 §9.3.6). */
export interface ProxyOptions {
  /** `http:` (port 80 unless given), or `https:` (443) for TLS to the proxy itself; with user and password, if it wants them. */
  readonly url: string | URL;
  /**
   * Further header fields for the proxy alone.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * TLS to the proxy, with what `node:tls` takes; `tls` of the connection itself is for the server behind it.
   * @default Node's own
   */
  readonly tls?: ClientTlsOptions;
}

/** ProxyOptions, checked. */
export interface Proxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Present for `https:`. */
  readonly tls: ClientTlsOptions | undefined;
}

/**
 * The proxy for a URL: the one that was asked for, else the environment's. There, `ws:` goes by `http_proxy` and `wss:` by
 * `https_proxy`, both else by `all_proxy`; in lower or upper case, lower first.
 *
 * @throws SyntaxError for what is no URL of an HTTP proxy, or no header; TypeError for what TLS can't use. Credentials are never part of
 * the message.
 */
export function proxyFor(
  target: URL,
  asked: string | URL | ProxyOptions | false | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Proxy | undefined {
  if (asked === false) return undefined;
  if (asked !== undefined) {
    if (typeof asked === 'string' || asked instanceof URL) return resolve({ url: asked }, 'The option proxy');
    if (typeof asked === 'object' && asked !== null) return resolve(asked, 'The option proxy.url');
    throw new TypeError(`The option proxy is a URL, or { url, headers, tls }, or false for none; not ${String(asked)}`);
  }
  const [name, url] = fromEnvironment(target.protocol === 'wss:' ? 'https_proxy' : 'http_proxy', environment);
  if (url === undefined || isExempt(target, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined;
  // A host and port alone are usual there.
  return resolve({ url: url.includes('://') ? url : `http://${url}` }, name);
}

function fromEnvironment(name: string, environment: NodeJS.ProcessEnv): readonly [string, string | undefined] {
  const names = [name, name.toUpperCase(), 'all_proxy', 'ALL_PROXY'].filter(
    // Under CGI, HTTP_PROXY is the header `Proxy` of whoever asks (CVE-2016-5385, "httpoxy").
    (each) => each !== 'HTTP_PROXY' || environment['REQUEST_METHOD'] === undefined,
  );
  const found = names.find((each) => (environment[each] ?? '') !== '');
  return found === undefined ? [name, undefined] : [found, environment[found]];
}

function resolve({ url, headers = {}, tls }: ProxyOptions, source: string): Proxy {
  if (!URL.canParse(String(url))) throw new SyntaxError(`${source} is no URL`);
  const parsed = new URL(url);
  const { protocol, hostname, port } = parsed;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new SyntaxError(`${source} begins with ${protocol}, but a proxy is asked by http: or https: (CONNECT)`);
  }
  checkHeaders('proxy.headers', headers, RESERVED_HEADERS);
  const secure = protocol === 'https:';
  const credentials = basicCredentials(parsed);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    headers: { ...(credentials === undefined ? {} : { 'Proxy-Authorization': credentials }), ...headers },
    tls: secure ? resolveTls('proxy.tls', tls) : undefined,
  };
}
