import type { ApiError } from '@/api/error'

/** A code as the server gives it. */
export interface Code {
  token: string
  digits: string
  validSeconds: number
  qrPngUrl: string
}

/** What stands on the screen: a code only while it is good. */
export interface Shown {
  /** "lost": no code could be had, but it is tried again; "over": there will be none. */
  state: 'waiting' | 'live' | 'lost' | 'over'
  code: Code | null
  error: ApiError | null
}

/** The server takes the code before the newest too, so one may stand a little longer while the next is on its way. */
const GRACE_MS = 2000
/** How soon it is tried again. */
const AGAIN_MS = 2000

/** Shows one code after another, each for its time only, whatever the network does. */
export class CodeTurner {
  private turning: ReturnType<typeof setTimeout> | undefined
  private ending: ReturnType<typeof setTimeout> | undefined
  private round = 0
  /** Until when the code on the screen may stand. */
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
    void this.turn(this.round)
  }

  /** Takes the code off the screen: whoever comes back later must not see an old one. */
  stop(): void {
    this.round++
    this.goodUntil = 0
    clearTimeout(this.turning)
    clearTimeout(this.ending)
    this.show({ state: 'waiting', code: null, error: null })
  }

  private async turn(round: number): Promise<void> {
    // Counted from before the call: the answer may have been long on its way.
    const asked = this.now()
    try {
      const code = await this.read()
      if (round !== this.round) return
      const rest = asked + Math.max(1, code.validSeconds) * 1000 - this.now()
      clearTimeout(this.ending)
      this.goodUntil = this.now() + rest + GRACE_MS
      if (this.goodUntil <= this.now()) {
        this.lose(round, null)
      } else {
        this.show({ state: 'live', code, error: null })
        this.ending = setTimeout(() => this.lose(round, null), rest + GRACE_MS)
      }
      this.turning = setTimeout(() => void this.turn(round), Math.max(500, rest))
    } catch (e) {
      if (round !== this.round) return
      const error = e as ApiError
      if ([401, 403, 404, 409].includes(error.status)) {
        clearTimeout(this.ending)
        this.show({ state: 'over', code: null, error })
        return
      }
      if (this.goodUntil <= this.now()) this.lose(round, error)
      this.turning = setTimeout(() => void this.turn(round), AGAIN_MS)
    }
  }

  private lose(round: number, error: ApiError | null): void {
    if (round === this.round) this.show({ state: 'lost', code: null, error })
  }
}
