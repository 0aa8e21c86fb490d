/** Exit codes of every command. */
export const EXIT_DONE = 0;
/** Something did not work that should have. */
export const EXIT_FAILED = 1;
/** The command line or the input is wrong; what was good of the input is done. */
export const EXIT_BAD_USAGE = 2;
