/** What AWS documents about the managed rules of AWS Config, from `sql/reference/aws/config-managed-rules.csv`. */
import { z } from 'zod';
import { readReference } from '../sql/reference-files.ts';

/** Types of parameters, as AWS's pages write them. */
const PARAMETER_TYPES = ['String', 'CSV', 'int', 'boolean', 'double', 'StringMap'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface DocumentedParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly optional: boolean;
}

export interface ManagedRule {
  readonly name: string;
  /** `SourceIdentifier`. */
  readonly identifier: string;
  /** Whether AWS still offers it and has not announced its end. */
  readonly active: boolean;
  readonly parameters: readonly DocumentedParameter[];
}

/** By name. */
export type ManagedRules = ReadonlyMap<string, ManagedRule>;

const parameters = z.array(z.object({ name: z.string().min(1), type: z.enum(PARAMETER_TYPES), optional: z.boolean() }));

/**
 * Reads every managed rule that AWS documents or has documented.
 *
 * @throws Error when the file cannot be read, or a parameter has a type that is not known here
 */
export async function readManagedRules(): Promise<ManagedRules> {
  const rows = await readReference('aws/config-managed-rules.csv');
  return new Map(
    rows.map((row) => {
      const name = row['rule_name'] ?? '';
      const documented = parameters.safeParse(JSON.parse(row['parameters'] || '[]'));
      if (!documented.success) {
        throw new Error(
          `config-managed-rules.csv, ${name}: its parameters cannot be read. ${z.prettifyError(documented.error)}`,
        );
      }
      const rule: ManagedRule = {
        name,
        identifier: row['identifier'] ?? '',
        active: row['status'] === 'active',
        parameters: documented.data,
      };
      return [name, rule];
    }),
  );
}

/** What a value of a parameter has to look like, in words; undefined where it does. */
export function wrongValue(type: ParameterType, value: string): string | undefined {
  switch (type) {
    case 'String':
      return value === '' ? 'must not be empty' : undefined;
    case 'CSV':
      return value.split(',').some((item) => item.trim() === '')
        ? 'must be a list with commas, none of it empty'
        : undefined;
    case 'int':
      return /^-?\d+$/.test(value) ? undefined : 'must be a whole number';
    case 'double':
      return /^-?\d+(\.\d+)?$/.test(value) ? undefined : 'must be a number';
    case 'boolean':
      // Some rules take anything but a lower-case true for false.
      return /^(true|false)$/.test(value) ? undefined : 'must be true or false';
    case 'StringMap':
      return /^[^:,]+:[^,]*(,[^:,]+:[^,]*)*$/.test(value) ? undefined : 'must be a list of key:value with commas';
  }
}
