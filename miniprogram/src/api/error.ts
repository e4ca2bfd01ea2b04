import type { Schema } from './types'

/** A refusal by the server (RFC 9457), or a call that never reached it. */
export interface ApiError {
  /** The HTTP status; 0 where there was no answer. */
  status: number
  /** The stable code; "offline" where there was no answer. */
  code: string
  /** What to show the person. */
  message: string
  field?: string
  details?: Record<string, unknown>
  retryAfterSeconds?: number
}

/** Whether the call got no answer, so that nobody knows what became of it. */
export function isOffline(error: ApiError): boolean {
  return error.status === 0
}

/** Whether the same call may yet succeed: it got no answer, or the server had no time for it. What is kept for later stays kept. */
export function mayYetSucceed(error: ApiError): boolean {
  return isOffline(error) || error.status >= 500 || error.status === 429
}

/** The error for a call that got no answer. */
export const offline: ApiError = { status: 0, code: 'offline', message: '网络不太好，请检查后再试' }

/** Reads a problem document; anything else becomes a plain refusal. */
export function toApiError(status: number, body: unknown): ApiError {
  const problem = (body ?? {}) as Partial<Schema<'Problem'>>
  return {
    status,
    code: typeof problem.code === 'string' ? problem.code : `http_${status}`,
    message: typeof problem.detail === 'string' && problem.detail !== '' ? problem.detail : '服务暂时不可用，请稍后再试',
    field: problem.field,
    details: problem.details as ApiError['details'],
    retryAfterSeconds: problem.retryAfterSeconds,
  }
}

/** What was thrown, as an ApiError: a fault of ours, or of the platform, must not show its insides. */
export function asApiError(e: unknown): ApiError {
  const ours = typeof e === 'object' && e !== null && !(e instanceof Error) && typeof (e as ApiError).status === 'number' && typeof (e as ApiError).code === 'string'
  return ours ? (e as ApiError) : toApiError(500, null)
}
