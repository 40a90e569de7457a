import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const MAPPED_PREFIX = '::ffff:';
const MAPPED_BITS = 96;

/** Of IPv4 a `number`, of IPv6 a `bigint`: no range of one family covers the other. */
export type AddressNumber = number | bigint;

/** From the first to the last address, both of them included. */
export interface RangeOf<T extends AddressNumber> {
  readonly first: T;
  readonly last: T;
}

export type AddressRange = RangeOf<number> | RangeOf<bigint>;

interface Address {
  readonly number: AddressNumber;
  /** Written as IPv6 (`::ffff:10.0.0.5`), so that a prefix length counts 96 bits more. */
  readonly mapped: boolean;
}

/**
 * An address as a number, or null for what is none. `::ffff:10.0.0.5` is 10.0.0.5; a zone (`fe80::1%eth0`) is left out;
 * `010.0.0.5` is none, since programs do not agree whether it is 8.0.0.5 or 10.0.0.5.
 */
export function addressNumber(text: string): AddressNumber | null {
  return parseAddress(text)?.number ?? null;
}

function parseAddress(text: string): Address | null {
  // The way in which a socket that is open for both families writes IPv4.
  const isMapped = text.startsWith(MAPPED_PREFIX);
  const dotted = isMapped ? text.slice(MAPPED_PREFIX.length) : text;
  if (isIPv4(dotted)) return { number: ipv4Number(dotted), mapped: isMapped };
  if (!isIPv6(text)) return null;
  // ipaddr.js takes `::10.0.0.5` for a mapped address, and `0::10.0.0.5` for what both are: ::a00:5.
  const address = ipaddr.IPv6.parse((text.split('%', 1)[0] ?? text).replace(/^::(?=\d+\.)/, '0::'));
  return address.isIPv4MappedAddress()
    ? { number: ipv4Number(address.toIPv4Address().toString()), mapped: true }
    : { number: address.parts.reduce((number, part) => (number << 16n) | BigInt(part), 0n), mapped: false };
}

function ipv4Number(dotted: string): number {
  return dotted.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

/** The range of an address or of a CIDR notation, or null for what is neither. Bits behind the prefix do not count. */
export function parseAddressRange(text: string): AddressRange | null {
  const [, address = '', length] = /^([^/%]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const { number, mapped } = parsed;
  const bits = typeof number === 'number' ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length) - (mapped ? MAPPED_BITS : 0);
  return prefix < 0 || prefix > bits ? null : rangeAround(number, bits - prefix);
}

/** @param free how many of the last bits differ within the range. */
function rangeAround(number: AddressNumber, free: number): AddressRange {
  if (typeof number === 'number') {
    const size = 2 ** free;
    const first = number - (number % size);
    return { first, last: first + size - 1 };
  }
  const size = 1n << BigInt(free);
  const first = number - (number % size);
  return { first, last: first + size - 1n };
}
