/** Something in the catalogue's data files that a person must mend. */
export interface CatalogueProblem {
  /** Path inside the catalogue directory, with `/`. */
  readonly file: string;
  /** Line in the file, from 1, counting the header; null where the problem is the file as a whole. */
  readonly row: number | null;
  /** Name of the column; null where the problem is the row as a whole. */
  readonly column: string | null;
  /** What is wrong and how to mend it, as whole sentences. */
  readonly message: string;
}

/** A problem as one line: `rules/config.csv:12 (kind): "postrue" is not allowed. Write …`. */
export function describeProblem({ file, row, column, message }: CatalogueProblem): string {
  return `${file}${row === null ? '' : `:${row}`}${column === null ? '' : ` (${column})`}: ${message}`;
}
