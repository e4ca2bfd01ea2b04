import { isOffline, mayYetSucceed, type ApiError } from '@/api/error'

/** A roll call as the server takes it, and when it was taken. */
export interface RollCall {
  sessionId: string
  side: 'pupil' | 'guardian'
  pupilIds: string[]
  /** In milliseconds since 1970. */
  at: number
}

/** What a roll call changed. */
export interface Counts {
  checkedIn: number
  already: number
}

/** Where kept calls outlive the page. */
export interface RollCallShelf {
  read(): RollCall[]
  write(kept: RollCall[]): void
}

/** How long after a session the server still takes its roll call. */
const KEPT_FOR_MS = 7 * 24 * 60 * 60 * 1000
/** The most pupils that one call may name. */
const MOST = 500

/** Keeps roll calls while there is no network and sends them later: naming a pupil twice changes nothing. */
export class RollCallQueue {
  constructor(
    private readonly shelf: RollCallShelf,
    private readonly send: (call: RollCall) => Promise<Counts>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Sends now or, without network, later. Null means that something is kept. Refusals are thrown. */
  async submit(sessionId: string, side: RollCall['side'], pupilIds: string[]): Promise<Counts | null> {
    const sum: Counts = { checkedIn: 0, already: 0 }
    for (let i = 0; i < pupilIds.length; i += MOST) {
      const call: RollCall = { sessionId, side, pupilIds: pupilIds.slice(i, i + MOST), at: this.now() }
      try {
        const counts = await this.send(call)
        sum.checkedIn += counts.checkedIn
        sum.already += counts.already
      } catch (e) {
        if (!isOffline(e as ApiError)) throw e
        this.keep({ ...call, pupilIds: pupilIds.slice(i) })
        return null
      }
    }
    return sum
  }

  /** Who waits to be sent for one side of a session. */
  waiting(sessionId: string, side: RollCall['side']): string[] {
    return this.live().flatMap((k) => (k.sessionId === sessionId && k.side === side ? k.pupilIds : []))
  }

  /** Sends what is kept; answers what became of each, and keeps the rest while the server can't be reached. */
  async flush(): Promise<{ call: RollCall; counts?: Counts; error?: ApiError }[]> {
    const outcomes: { call: RollCall; counts?: Counts; error?: ApiError }[] = []
    for (const call of this.live()) {
      let outcome: (typeof outcomes)[number]
      try {
        outcome = { call, counts: await this.submitKept(call) }
      } catch (e) {
        const error = e as ApiError
        if (mayYetSucceed(error)) break
        outcome = { call, error }
      }
      outcomes.push(outcome)
      this.shelf.write(this.shelf.read().filter((k) => k.at !== call.at || k.sessionId !== call.sessionId || k.side !== call.side))
    }
    return outcomes
  }

  private async submitKept(call: RollCall): Promise<Counts> {
    const sum: Counts = { checkedIn: 0, already: 0 }
    for (let i = 0; i < call.pupilIds.length; i += MOST) {
      const counts = await this.send({ ...call, pupilIds: call.pupilIds.slice(i, i + MOST) })
      sum.checkedIn += counts.checkedIn
      sum.already += counts.already
    }
    return sum
  }

  /** One call waits for a side of a session; what is added joins it. */
  private keep(call: RollCall): void {
    const others = this.live().filter((k) => k.sessionId !== call.sessionId || k.side !== call.side)
    const joined = [...new Set([...this.waiting(call.sessionId, call.side), ...call.pupilIds])]
    this.shelf.write([...others, { ...call, pupilIds: joined }])
  }

  private live(): RollCall[] {
    return this.shelf.read().filter((k) => this.now() - k.at < KEPT_FOR_MS)
  }
}
