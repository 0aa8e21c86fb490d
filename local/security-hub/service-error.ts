/** Errors that end a whole call, in the shape that AWS SDKs read. */

/** HTTP status of each error that the local Security Hub answers with. */
const STATUS = {
  AccessDeniedException: 403,
  InternalException: 500,
  InvalidAccessException: 401,
  InvalidInputException: 400,
  ResourceConflictException: 409,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ThrottlingException: 429,
  UnknownOperationException: 404,
} as const;

/** The name of an error, as clients see it. */
export type ServiceErrorCode = keyof typeof STATUS;

/**
 * Thrown to end a call with an AWS error: the answer carries the code in the header `x-amzn-errortype` and in the body.
 * A finding that is refused alone is not an error of the call; it is listed in the answer.
 */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  readonly status: number;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.status = STATUS[code];
  }
}
