import type { ConnectionOptions } from 'node:tls';
import { basicCredentials } from './credentials.js';
import { isExempt } from './no-proxy.js';

/** An HTTP proxy that the connection goes through, by `CONNECT` (RFC 9110 §9.3.6). */
export interface ProxyOptions {
  /** `http:`, or `https:` for TLS to the proxy itself; with user and password, if it wants them. */
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
  readonly tls?: ConnectionOptions;
}

/** ProxyOptions, checked. */
export interface Proxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ConnectionOptions;
}

/**
 * The proxy for a URL: the one that was asked for, else the environment's. There, `ws:` goes by `http_proxy` and `wss:` by
 * `https_proxy`, both else by `all_proxy`; in lower or upper case, lower first.
 *
 * @throws SyntaxError for what is no URL of an HTTP proxy. Credentials are never part of the message.
 */
export function proxyFor(
  target: URL,
  asked: string | URL | ProxyOptions | false | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Proxy | undefined {
  if (asked === false) return undefined;
  if (asked !== undefined) {
    const options = typeof asked === 'string' || asked instanceof URL ? { url: asked } : asked;
    return resolve(options, 'The option proxy');
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

function resolve({ url, headers = {}, tls = {} }: ProxyOptions, source: string): Proxy {
  if (!URL.canParse(String(url))) throw new SyntaxError(`${source} is no URL`);
  const parsed = new URL(url);
  const { protocol, hostname, port } = parsed;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new SyntaxError(`${source} begins with ${protocol}, but a proxy is asked by http: or https: (CONNECT)`);
  }
  const secure = protocol === 'https:';
  const credentials = basicCredentials(parsed);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    secure,
    headers: { ...(credentials === undefined ? {} : { 'Proxy-Authorization': credentials }), ...headers },
    tls,
  };
}
