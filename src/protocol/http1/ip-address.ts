/** True for an IPv4 address in dotted decimals, without leading zeros (RFC 3986 section 3.2.2). */
export function isIpv4Address(text: string): boolean {
  return IPV4.test(text);
}

/** True for an IPv6 address without brackets and zone (RFC 4291 section 2.2). */
export function isIpv6Address(text: string): boolean {
  if (text.length > LONGEST_IPV6) return false;
  const gap = text.indexOf('::');
  if (gap < 0) return groupsIn(text, true) === GROUPS;
  const before = groupsIn(text.substring(0, gap), false);
  const after = groupsIn(text.substring(gap + 2), true);
  return before >= 0 && after >= 0 && before + after < GROUPS;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_GROUP = /^[0-9a-fA-F]{1,4}$/;
const GROUPS = 8;
const LONGEST_IPV6 = 45;

/** How many 16-bit groups stand in `text`, an IPv4 tail counting as two; -1 where something else does. */
function groupsIn(text: string, mayEndInIpv4: boolean): number {
  if (text === '') return 0;
  const parts = text.split(':');
  if (parts.length > GROUPS) return -1;
  let groups = 0;
  for (const [index, part] of parts.entries()) {
    if (IPV6_GROUP.test(part)) groups += 1;
    else if (mayEndInIpv4 && index === parts.length - 1 && isIpv4Address(part)) groups += 2;
    else return -1;
  }
  return groups;
}
