import type { Schema } from '@/api/types'
import { Queue, type QueueOptions } from './queue'

/** A scanned code, and the pupils to check in; none for all whom the session is for. */
export interface CheckIn {
  token: string
  pupilIds: string[]
}

/** One result of a check-in. */
export type CheckedIn = Schema<'LectureCheckedIn'>

/** How long the server accepts a code after it was shown. */
export const MAX_AGE_MS = 24 * 60 * 60 * 1000

/** Keeps scanned codes while the server can't be reached, or has no time, and sends them later; the code itself proves when it was shown. */
export class CheckInQueue extends Queue<CheckIn, CheckedIn[]> {
  constructor(options: Pick<QueueOptions<CheckIn, CheckedIn[]>, 'storage' | 'send' | 'now'>) {
    super({ ...options, maxAgeMs: MAX_AGE_MS })
  }

  /** Checks in now or, where that may yet succeed, later. Null means that it is kept. Refusals are thrown. */
  checkIn(token: string, pupilIds: string[]): Promise<CheckedIn[] | null> {
    return this.submit(token, { token, pupilIds })
  }

  /** How many are kept and still of use. */
  get waiting(): number {
    return this.items().length
  }
}
