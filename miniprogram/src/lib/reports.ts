import type { ApiError } from '@/api/error'
import type { Schema } from '@/api/types'
import { Queue, type QueueStorage } from './queue'
import { merge, type Segment } from './segments'

/** A report as the server takes it. */
export type Report = Omit<Schema<'ReportInputBody'>, 'segments'> & { segments: Segment[] }

/** What the server returns for a report. */
export type Credited = Schema<'LessonCredited'>

/** What of one watch has not reached the server. */
export interface Unsent {
  watchId: string
  seq: number
  /** On its way, or perhaps there already: sent again exactly as it is, so that the server recognizes it. */
  sending: Report | null
  /** What is to be sent after it, each part at one rate. */
  waiting: Part[]
}

type Part = Omit<Report, 'seq'>

/** The most stretches that a report may have. */
const MAX_SEGMENTS = 60
/** Watches of long ago are of no use to anybody. */
const MAX_WATCHES = 20

/** What the queue of reports needs. */
export interface ReportQueueOptions {
  storage: QueueStorage<Unsent>
  send(watchId: string, report: Report): Promise<Credited>
  onCredited?(watchId: string, credited: Credited, report: Report): void
  onRefused?(watchId: string, error: ApiError): void
}

/** Sends reports in order, one at a time a watch. What gathers meanwhile at one rate is joined into one report; a refusal ends the watch's reports. */
export class ReportQueue extends Queue<Unsent, Credited> {
  constructor({ storage, send, onCredited, onRefused }: ReportQueueOptions) {
    super({
      storage,
      maxEntries: MAX_WATCHES,
      send: ({ watchId, sending }) => send(watchId, sending!),
      join: (unsent, { waiting }) => ({ ...unsent, waiting: waiting.reduce(joined, partsOf(unsent)) }),
      prepare: numbered,
      remainder: (unsent, _, error) => ({ ...unsent, sending: null, waiting: error ? [] : partsOf(unsent) }),
      onSettled: ({ item: { watchId, sending }, result, error }) => (error ? onRefused?.(watchId, error) : onCredited?.(watchId, result!, sending!)),
    })
  }

  /** Keeps what was played since the last call; call flush to send it. */
  add(watchId: string, position: number, rate: number, segments: Segment[]): void {
    this.put(watchId, { watchId, seq: 0, sending: null, waiting: joined([], { position, rate, segments }) })
  }

  /** How many watches have something unsent. */
  get unsent(): number {
    return this.items().filter((u) => u.sending || partsOf(u).length).length
  }
}

/** What waits; an earlier version of the app kept one part, or null. */
function partsOf({ waiting }: Unsent): Part[] {
  return [(waiting as Part[] | Part | null) ?? []].flat()
}

/** The next report of the watch under its number; null where there is none. */
function numbered(unsent: Unsent): Unsent | null {
  const [next, ...waiting] = partsOf(unsent)
  if (unsent.sending || !next) return unsent.sending && unsent
  const seq = unsent.seq + 1
  return { ...unsent, seq, sending: { seq, ...next }, waiting }
}

/** Adds to the last part what was played at its rate; another rate, or more than a report may hold, begins a part. */
function joined(parts: Part[], { position, rate, segments }: Part): Part[] {
  const last = parts[parts.length - 1]
  const together = merge([...(last?.rate === rate ? last.segments : []), ...segments])
  if (last?.rate === rate && together.length <= MAX_SEGMENTS) return [...parts.slice(0, -1), { position, rate, segments: together }]
  return [...parts, { position, rate, segments: merge(segments).slice(-MAX_SEGMENTS) }]
}
