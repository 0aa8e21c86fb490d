/** `ProductFields` within ASFF's limits. */
import { MAX_PRODUCT_FIELD_VALUE_LENGTH, cut } from './asff-limits.ts';

const SEPARATOR = ';';

/**
 * Joins a list with `;` under a key. A list too long for one value is cut at an item, and `<key>/left` says how many
 * items are missing. An empty list gives no field, since Security Hub refuses empty values.
 */
export function listField(key: string, items: readonly string[]): Record<string, string> {
  let length = 0;
  const kept = items.findIndex(
    (item) => (length += item.length + SEPARATOR.length) - 1 > MAX_PRODUCT_FIELD_VALUE_LENGTH,
  );
  if (items.length === 0) return {};
  if (kept < 0) return { [key]: items.join(SEPARATOR) };
  return { [key]: items.slice(0, kept).join(SEPARATOR), [`${key}/left`]: String(items.length - kept) };
}

/** One value under a key, cut to the limit; nothing where there is no text. */
export function textField(key: string, value: string): Record<string, string> {
  return value.trim() === '' ? {} : { [key]: cut(value, MAX_PRODUCT_FIELD_VALUE_LENGTH) };
}
