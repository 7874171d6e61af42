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

/** An IPv4 address as such, also where it stands in an IPv6 one (`::ffff:192.0.2.1`); anything else as it came. */
export function plainAddress(address: string): string {
  // Dual-stack sockets write it so; every other spelling begins with a zero, too.
  if (!address.startsWith('::') && !address.startsWith('0')) return address;
  const { dotted, high, low } = MAPPED.exec(address)?.groups ?? {};
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return address;
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${first >> 8}.${first & 0xff}.${second >> 8}.${second & 0xff}`;
}

/**
 * What one site has: an IPv4 address itself, of an IPv6 address its /64 (RFC 6177), however it is written. Link-local
 * addresses share one: each is itself.
 */
export function siteOf(address: string): string {
  if (!address.includes(':')) return address;
  const lower = address.toLowerCase();
  if (/^fe[89ab][0-9a-f]:/.test(lower)) return lower;
  const gap = lower.indexOf('::');
  const before = groupsOf(gap < 0 ? lower : lower.substring(0, gap));
  const after = gap < 0 ? [] : groupsOf(lower.substring(gap + 2));
  const groups = [...before, ...Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0'), ...after];
  return `${groups.slice(0, GROUPS / 2).join(':')}::/64`;
}

const MAPPED =
  /^(?:(?:0{1,4}:){5}|::)ffff:(?:(?<dotted>\d+\.\d+\.\d+\.\d+)|(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4}))$/i;

/** Without leading zeros; an IPv4 tail counts as two. */
function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['v4', 'v4'] : [group.replace(/^0+(?=.)/, '')]));
}
