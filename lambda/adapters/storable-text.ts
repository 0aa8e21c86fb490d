/** Text as the database can keep it. */
import { cut } from '../core/asff-limits.ts';

/** No name of Security Hub is longer, and PostgreSQL refuses to index text of some thousand bytes. */
const MAX_NAME_LENGTH = 512;

/** PostgreSQL's text holds no NUL, and U+001F separates resource ids here; neither belongs into a name. */
export function storable(text: string): string {
  return cut(text.replace(/[\0\x1f]/g, '\ufffd'), MAX_NAME_LENGTH);
}
