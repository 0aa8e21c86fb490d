/** Text as the database can keep it. */

/** PostgreSQL's text holds no NUL, and U+001F separates resource ids here; neither belongs into a name. */
export function storable(text: string): string {
  return text.replace(/[\0\x1f]/g, '\ufffd');
}
