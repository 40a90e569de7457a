import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** IPv4 has a line of numbers of its own, above that of IPv6: no range of one family covers the other. */
const IPV4_BASE = 1n << 128n;
const MAPPED_BITS = 96;

/** From the first to the last address, both of them included. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

interface Address {
  readonly number: bigint;
  /** Written as IPv6 (`::ffff:10.0.0.5`), so that a prefix length counts 96 bits more. */
  readonly mapped: boolean;
}

/**
 * An address as a number, or null for what is none. `::ffff:10.0.0.5` is 10.0.0.5; a zone (`fe80::1%eth0`) is left out;
 * `010.0.0.5` is none, since programs do not agree whether it is 8.0.0.5 or 10.0.0.5.
 */
export function addressNumber(text: string): bigint | null {
  return parseAddress(text)?.number ?? null;
}

function parseAddress(text: string): Address | null {
  const family = isIP(text);
  if (family === 0) return null;
  if (family === 4) return { number: IPV4_BASE + numberOf(ipaddr.IPv4.parse(text)), mapped: false };
  // ipaddr.js takes `::10.0.0.5` for a mapped address, and `0::10.0.0.5` for what both are: ::a00:5.
  const address = ipaddr.IPv6.parse((text.split('%', 1)[0] ?? text).replace(/^::(?=\d+\.)/, '0::'));
  return address.isIPv4MappedAddress()
    ? { number: IPV4_BASE + numberOf(address.toIPv4Address()), mapped: true }
    : { number: numberOf(address), mapped: false };
}

function numberOf(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The range of an address or of a CIDR notation, or null for what is neither. Bits behind the prefix do not count. */
export function parseAddressRange(text: string): AddressRange | null {
  const [, address = '', length] = /^([^/%]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const { number, mapped } = parsed;
  if (length === undefined) return { first: number, last: number };
  const bits = number >= IPV4_BASE ? 32 : 128;
  const prefix = Number(length) - (mapped ? MAPPED_BITS : 0);
  if (prefix < 0 || prefix > bits) return null;
  const free = BigInt(bits - prefix);
  const first = (number >> free) << free;
  return { first, last: first + (1n << free) - 1n };
}
