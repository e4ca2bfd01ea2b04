import type { Schema, Side } from '@/api/types'
import { Queue, type Outcome, type QueueOptions } from '@/lib/queue'

/** The pupils who are there, for one side of a session. */
export interface RollCall {
  sessionId: string
  side: Side
  pupilIds: string[]
}

/** What a roll call changed. */
export type Counts = Schema<'LectureRollCallCounts'>

/** How long after a session the server still accepts its roll call. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000
/** The most pupils that one call may name. */
const MAX_PUPILS = 500

const keyOf = (sessionId: string, side: Side) => `${sessionId} ${side}`
const sum = (a: Counts, b: Counts): Counts => ({ checkedIn: a.checkedIn + b.checkedIn, already: a.already + b.already })

/** Keeps roll calls while the server can't be reached, or has no time, and sends them later, joined: naming a pupil twice changes nothing. */
export class RollCallQueue extends Queue<RollCall, Counts> {
  constructor({ send, ...options }: Pick<QueueOptions<RollCall, Counts>, 'storage' | 'send' | 'now'>) {
    super({
      ...options,
      maxAgeMs: MAX_AGE_MS,
      send: (call) => send({ ...call, pupilIds: call.pupilIds.slice(0, MAX_PUPILS) }),
      join: (waiting, { pupilIds }) => ({ ...waiting, pupilIds: [...new Set([...waiting.pupilIds, ...pupilIds])] }),
      remainder: (call, sent, error) => {
        const arrived = new Set(sent.pupilIds.slice(0, MAX_PUPILS))
        const pupilIds = error ? [] : call.pupilIds.filter((id) => !arrived.has(id))
        return pupilIds.length ? { ...call, pupilIds } : null
      },
    })
  }

  /** Sends now or, where that may yet succeed, later. Null means that something is kept. Refusals are thrown. */
  async call(sessionId: string, side: Side, pupilIds: string[]): Promise<Counts | null> {
    let total: Counts = { checkedIn: 0, already: 0 }
    for (let left = pupilIds; left.length > 0; left = left.slice(MAX_PUPILS)) {
      const counts = await this.submit(keyOf(sessionId, side), { sessionId, side, pupilIds: left })
      if (!counts) return null
      total = sum(total, counts)
    }
    return total
  }

  /** How many roll calls wait. */
  get kept(): number {
    return this.items().length
  }

  /** The pupils who wait to be sent for one side of a session. */
  waiting(sessionId: string, side: Side): string[] {
    return this.items().flatMap((call) => (call.sessionId === sessionId && call.side === side ? call.pupilIds : []))
  }

  /** Sends what is kept; a long roll call, sent in several calls, has one outcome. */
  override async flush(): Promise<Outcome<RollCall, Counts>[]> {
    const outcomes = new Map<string, Outcome<RollCall, Counts>>()
    for (const outcome of await super.flush()) {
      const key = keyOf(outcome.item.sessionId, outcome.item.side)
      const before = outcomes.get(key)?.result
      outcomes.set(key, before && outcome.result ? { ...outcome, result: sum(before, outcome.result) } : outcome)
    }
    return [...outcomes.values()]
  }
}
