import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { normalizeAddress, ProxyAddresses } from '../server/proxy-addresses.js';

/**
 * Whether a URL is one that `no_proxy` names. As with curl: `example.com` and `.example.com` name that host and all below it (Go
 * leaves the host itself out of `.example.com`), an address names itself, `10.0.0.0/8` a range, and `*` everything; as with Go, `host:8080`
 * names one port of a host. What is no entry names nothing. Loopback is an address like any other, as with curl and in Python.
 */
export function isExempt(target: URL, list: string): boolean {
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
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
  if (isIP(host) === 0) {
    // A URL has names of other scripts in ASCII; and all names are absolute there.
    const ascii = domainToASCII(name.replace(/\.$/, ''));
    return ascii !== '' && (host === ascii || host.endsWith(`.${ascii}`));
  }
  const [address = '', prefix] = name.split('/');
  if (isIP(address) === 0) return false;
  const most = isIP(address) === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= most)) return false;
  return new ProxyAddresses([name]).has(normalizeAddress(host));
}
