/** An account and a Region: where one stack instance is. */

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A key for maps. */
export type PlaceKey = `${string}/${string}`;

export function placeKey({ account, region }: Place): PlaceKey {
  return `${account}/${region}`;
}
