import type { JsonSchema } from '../../../src/config/json-schema.js';

/** The places where a value does not fit, as far as the keywords go that this project's schema has. */
export function judge(schema: JsonSchema, value: unknown, place = ''): string[] {
  const places = [...judgeScalar(schema, value, place), ...judgeMap(schema, value, place)];
  if (Array.isArray(value)) {
    if (typeof schema.minItems === 'number' && value.length < schema.minItems) places.push(place);
    const { items } = schema;
    if (items !== undefined) places.push(...value.flatMap((item, index) => judge(items, item, `${place}/${index}`)));
  }
  for (const part of schema.allOf ?? []) places.push(...judge(part, value, place));
  if (schema.if !== undefined && schema.then !== undefined && judge(schema.if, value, place).length === 0) {
    places.push(...judge(schema.then, value, place));
  }
  if (schema.anyOf?.every((part) => judge(part, value, place).length > 0)) {
    places.push(place);
  }
  return [...new Set(places)];
}

function judgeScalar(schema: JsonSchema, value: unknown, place: string): string[] {
  const { type, const: only, enum: allowed, pattern, minimum, exclusiveMinimum, maximum, minLength } = schema;
  const wrong =
    (type !== undefined && ![type].flat().some((one) => isOfType(value, one))) ||
    (only !== undefined && value !== only) ||
    (allowed !== undefined && !allowed.includes(value)) ||
    (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern, 'u').test(value)) ||
    (typeof minimum === 'number' && typeof value === 'number' && value < minimum) ||
    (typeof exclusiveMinimum === 'number' && typeof value === 'number' && value <= exclusiveMinimum) ||
    (typeof minLength === 'number' && typeof value === 'string' && value.length < minLength) ||
    (typeof maximum === 'number' && typeof value === 'number' && value > maximum);
  return wrong ? [place === '' ? '/' : place] : [];
}

function judgeMap(schema: JsonSchema, value: unknown, place: string): string[] {
  if (!isOfType(value, 'object') || typeof value !== 'object' || value === null) return [];
  const places = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key)).map(() => place);
  for (const [key, item] of Object.entries(value)) {
    const known = schema.properties?.[key];
    const other = schema.additionalProperties;
    if (known !== undefined) places.push(...judge(known, item, `${place}/${key}`));
    else if (other === false) places.push(place === '' ? '/' : place);
    else if (typeof other === 'object') places.push(...judge(other, item, `${place}/${key}`));
  }
  return places;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}
