import { isIP } from 'node:net';
import { normalizeAddress, ProxyAddresses } from '../server/proxy-addresses.js';

/**
 * Whether a URL is one that `no_proxy` names. As with curl and Go: `example.com` and `.example.com` name that host and all below it,
 * an address names itself, `10.0.0.0/8` a range, `host:8080` one port of a host, and `*` everything. What is no entry names nothing.
 */
export function isExempt(target: URL, list: string): boolean {
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const port = target.port === '' ? (target.protocol === 'wss:' ? '443' : '80') : target.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || names(entry, host, port));
}

const WITH_PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/;

function names(entry: string, host: string, port: string): boolean {
  const [, bracketed, plain, onlyPort] = WITH_PORT.exec(entry) ?? [];
  // An IPv6 address without brackets is no match for the pattern.
  const name = (bracketed ?? plain ?? entry).replace(/^\*?\./, '');
  if (name === '' || (onlyPort !== undefined && onlyPort !== port)) return false;
  if (isIP(host) === 0) return host === name || host.endsWith(`.${name}`);
  const [address = '', prefix] = name.split('/');
  if (isIP(address) === 0) return false;
  const most = isIP(address) === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= most)) return false;
  return new ProxyAddresses([name]).has(normalizeAddress(host));
}
