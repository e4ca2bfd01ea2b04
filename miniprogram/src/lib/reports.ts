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
  waiting: Omit<Report, 'seq'> | null
}

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

/** Sends reports in order, one at a time a watch. What gathers meanwhile is joined into one report; a refusal ends the watch's reports. */
export class ReportQueue extends Queue<Unsent, Credited> {
  constructor({ storage, send, onCredited, onRefused }: ReportQueueOptions) {
    super({
      storage,
      maxEntries: MAX_WATCHES,
      send: ({ watchId, sending }) => send(watchId, sending!),
      join: (unsent, { waiting }) => ({ ...unsent, waiting: joined(unsent.waiting, waiting!) }),
      prepare: numbered,
      remainder: (unsent, _, error) => ({ ...unsent, sending: null, waiting: error ? null : unsent.waiting }),
      onSettled: ({ item: { watchId, sending }, result, error }) => (error ? onRefused?.(watchId, error) : onCredited?.(watchId, result!, sending!)),
    })
  }

  /** Keeps what was played since the last call; call flush to send it. */
  add(watchId: string, position: number, rate: number, segments: Segment[]): void {
    this.put(watchId, { watchId, seq: 0, sending: null, waiting: joined(null, { position, rate, segments }) })
  }

  /** How many watches have something unsent. */
  get unsent(): number {
    return this.items().filter((u) => u.sending || u.waiting).length
  }
}

/** The next report of the watch under its number; null where there is none. */
function numbered(unsent: Unsent): Unsent | null {
  if (unsent.sending || !unsent.waiting) return unsent.sending && unsent
  const seq = unsent.seq + 1
  return { ...unsent, seq, sending: { seq, ...unsent.waiting }, waiting: null }
}

function joined(waiting: Unsent['waiting'], { position, rate, segments }: Omit<Report, 'seq'>): Unsent['waiting'] {
  return { position, rate, segments: merge([...(waiting?.segments ?? []), ...segments]).slice(-MAX_SEGMENTS) }
}
