/** Lists that AWS gives out page by page. */

/** A part of a list. An empty one may be followed by others. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextToken: string | undefined;
}

/** Reads the page that a token asks for; without one, the first. */
export type ReadPage<Item> = (token: string | undefined) => Promise<Page<Item>>;

/** Reads a whole list. */
export async function readAll<Item>(service: string, readPage: ReadPage<Item>): Promise<Item[]> {
  const items: Item[] = [];
  await forEachItem(service, readPage, (item) => items.push(item));
  return items;
}

/**
 * Reads page after page until there is no token: an empty page is not the last one.
 *
 * @param service as people call it
 * @throws Error where the same page comes again, or it would be read forever
 */
export async function forEachItem<Item>(
  service: string,
  readPage: ReadPage<Item>,
  use: (item: Item) => void,
): Promise<void> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await readPage(token);
    page.items.forEach(use);
    // AWS CloudFormation's XML may hold an empty one on the last page.
    token = page.nextToken === '' ? undefined : page.nextToken;
    if (token !== undefined && seen.has(token)) {
      throw new Error(`${service} answers with the same page over and over. Try again later.`);
    }
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}
