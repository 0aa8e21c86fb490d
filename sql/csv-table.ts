import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';

/** What one kind of CSV file looks like, and the row that each of its lines becomes. */
export interface CsvFormat<Row> {
  /** Names in the header row, all of them needed. */
  readonly columns: readonly string[];
  /** Takes the cells by column name. */
  readonly schema: z.ZodType<Row>;
}

/** A format from the schema of each column and a function from the checked cells to the row. */
export function csvFormat<Shape extends z.ZodRawShape, Row>(
  shape: Shape,
  toRow: (cells: z.output<z.ZodObject<Shape>>) => Row,
): CsvFormat<Row> {
  return { columns: Object.keys(shape), schema: z.object(shape).transform(toRow) };
}

/** The rows of a CSV file with their line numbers, and what is wrong in it. */
export interface CsvTable<Row> {
  readonly rows: readonly { readonly row: Row; readonly line: number }[];
  readonly problems: readonly {
    readonly line: number | null;
    readonly column: string | null;
    readonly message: string;
  }[];
}

type Problems = CsvTable<never>['problems'][number][];

/**
 * Reads a CSV file (UTF-8, RFC 4180, with a header row). A line with a problem is left out of the rows; the rest is read.
 *
 * @param bytes the file's content
 */
export function readCsvTable<Row>(bytes: Uint8Array, format: CsvFormat<Row>): CsvTable<Row> {
  const problems: Problems = [];
  const lines = readLines(bytes, problems);
  const [header, ...records] = lines;
  if (header === undefined) {
    if (problems.length === 0)
      problems.push(wholeFile(`The file is empty. Its first line must be ${format.columns.join(',')}.`));
    return { rows: [], problems };
  }
  if (!isHeader(header.cells, format.columns, problems)) return { rows: [], problems };

  const rows: { row: Row; line: number }[] = [];
  for (const { cells, line } of records) {
    if (cells.length !== header.cells.length) {
      const message =
        `The line has ${cells.length} cells, and the header has ${header.cells.length}. ` +
        'Put a cell that holds a comma in double quotes.';
      problems.push({ line, column: null, message });
      continue;
    }
    const parsed = format.schema.safeParse(Object.fromEntries(header.cells.map((name, index) => [name, cells[index]])));
    if (parsed.success) rows.push({ row: parsed.data, line });
    else problems.push(...firstOfEachColumn(parsed.error).map((problem) => ({ line, ...problem })));
  }
  return { rows, problems };
}

interface CsvLine {
  readonly cells: readonly string[];
  readonly line: number;
}

function readLines(bytes: Uint8Array, problems: Problems): CsvLine[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    problems.push(wholeFile('The file is not in UTF-8. Save it in that encoding.'));
    return [];
  }
  try {
    const found = parse(text, { info: true, relaxColumnCount: true, skipEmptyLines: true }) as unknown as {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[];
    return found.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : null;
    problems.push({
      line,
      column: null,
      message: `The line is not CSV: ${error.message}. Double quotes come in pairs.`,
    });
    return [];
  }
}

function isHeader(names: readonly string[], columns: readonly string[], problems: Problems): boolean {
  const missing = columns.filter((column) => !names.includes(column));
  const unknown = names.filter((name, index) => !columns.includes(name) || names.indexOf(name) !== index);
  const wrong = [
    ...missing.map((name) => `The column ${name} is missing.`),
    ...unknown.map((name) => `There is no column "${name}", or there are two of it.`),
  ];
  if (wrong.length === 0) return true;
  const message = `${wrong.join(' ')} The first line must be ${columns.join(',')}.`;
  problems.push({ line: 1, column: null, message });
  return false;
}

function firstOfEachColumn(error: z.ZodError): { column: string | null; message: string }[] {
  const found = new Map<string | null, string>();
  for (const { path, message } of error.issues) {
    const column = typeof path[0] === 'string' ? path[0] : null;
    if (!found.has(column)) found.set(column, message);
  }
  return [...found].map(([column, message]) => ({ column, message }));
}

function wholeFile(message: string): Problems[number] {
  return { line: null, column: null, message };
}
