import { asApiError, type ApiError } from '@/api/error'
import type { Schema } from '@/api/types'

/** A code as the server gives it. */
export type Code = Schema<'LectureCode'>

/** What is on the screen: a code only while it is good. */
export interface Shown {
  /** "lost": no code could be had, but it is tried again; "ended": there will be none. */
  state: 'waiting' | 'live' | 'lost' | 'ended'
  code: Code | null
  error: ApiError | null
}

/** The server takes the code before the newest too, so one may be shown a little longer while the next is on its way. */
const GRACE_MS = 2000
/** How soon it is tried again. */
const AGAIN_MS = 2000

/** Shows one code after another, each for its time only, whatever the network does. */
export class CodeRotation {
  private reloading: ReturnType<typeof setTimeout> | undefined
  private ending: ReturnType<typeof setTimeout> | undefined
  private round = 0
  /** Until when the code may stay on the screen. */
  private goodUntil = 0

  constructor(
    private readonly read: () => Promise<Code>,
    private readonly show: (shown: Shown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Begins, or begins anew, with nothing on the screen. */
  start(): void {
    this.stop()
    this.show({ state: 'waiting', code: null, error: null })
    void this.reload(this.round)
  }

  /** Takes the code off the screen: whoever comes back later must not see an old one. */
  stop(): void {
    this.round++
    this.goodUntil = 0
    clearTimeout(this.reloading)
    clearTimeout(this.ending)
    this.show({ state: 'waiting', code: null, error: null })
  }

  private async reload(round: number): Promise<void> {
    // Counted from before the call: the response may have taken long.
    const asked = this.now()
    try {
      const code = await this.read()
      if (round !== this.round) return
      const left = asked + Math.max(1, code.validSeconds) * 1000 - this.now()
      clearTimeout(this.ending)
      this.goodUntil = this.now() + left + GRACE_MS
      if (this.goodUntil <= this.now()) {
        this.lose(round, null)
      } else {
        this.show({ state: 'live', code, error: null })
        this.ending = setTimeout(() => this.lose(round, null), left + GRACE_MS)
      }
      this.reloading = setTimeout(() => void this.reload(round), Math.max(500, left))
    } catch (e) {
      if (round !== this.round) return
      const error = asApiError(e)
      if ([401, 403, 404, 409].includes(error.status)) {
        clearTimeout(this.ending)
        this.show({ state: 'ended', code: null, error })
        return
      }
      if (this.goodUntil <= this.now()) this.lose(round, error)
      this.reloading = setTimeout(() => void this.reload(round), AGAIN_MS)
    }
  }

  private lose(round: number, error: ApiError | null): void {
    if (round === this.round) this.show({ state: 'lost', code: null, error })
  }
}
