/** Words for what the file system refuses. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission',
  EEXIST: 'a file of that name is there already',
  EISDIR: 'it is a directory',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'there is no permission',
  EROFS: 'the file system is read-only',
};

/** Whether an error comes from the operating system. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;
}

/** One line for a person: the usual reasons in words, any other as the error says it. */
export function describeFileProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
