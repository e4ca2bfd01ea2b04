import { mayYetSucceed, type ApiError } from '@/api/error'
import { merge, type Segment } from './segments'

/** A report as the server takes it. */
export interface Report {
  seq: number
  position: number
  rate: number
  segments: Segment[]
}

/** What the server answers to a report. */
export interface Credited {
  watchedSeconds: number
  percent: number
  completed: boolean
  rejected: { from: number; to: number; reason: string }[]
  nextReportSeconds: number
}

/** What of one watch has not reached the server. */
interface Unsent {
  watchId: string
  seq: number
  /** On its way, or perhaps there already: sent again exactly as it is, so that the server knows it. */
  sending: Report | null
  waiting: Omit<Report, 'seq'> | null
}

/** Where unsent reports outlive the page. */
export interface Shelf {
  read(): Unsent[]
  write(unsent: Unsent[]): void
}

/** The most stretches that a report may have. */
const MAX_SEGMENTS = 60

/**
 * Sends reports in order, one at a time a watch. Without network they are kept,
 * also over a restart, and what gathers meanwhile is joined into one report.
 */
export class ReportQueue {
  private flushing: Promise<void> | null = null

  constructor(
    private readonly shelf: Shelf,
    private readonly send: (watchId: string, report: Report) => Promise<Credited>,
    private readonly onCredited: (watchId: string, credited: Credited, report: Report) => void = () => {},
    private readonly onRefused: (watchId: string, error: ApiError) => void = () => {},
  ) {}

  /** Puts what was played since the last call on the shelf; call flush to send it. */
  add(watchId: string, position: number, rate: number, segments: Segment[]): void {
    const all = this.shelf.read()
    let unsent = all.find((u) => u.watchId === watchId)
    if (!unsent) all.push((unsent = { watchId, seq: 0, sending: null, waiting: null }))
    const joined = merge([...(unsent.waiting?.segments ?? []), ...segments])
    unsent.waiting = { position, rate, segments: joined.slice(-MAX_SEGMENTS) }
    this.shelf.write(all)
  }

  /** Sends all that waits. It ends without an error when the network is away: the rest stays. */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => (this.flushing = null))
    return this.flushing
  }

  /** How many watches have something unsent. */
  get unsent(): number {
    return this.shelf.read().filter((u) => u.sending || u.waiting).length
  }

  private async sendAll(): Promise<void> {
    for (const { watchId } of this.shelf.read()) {
      while (await this.sendNext(watchId));
    }
  }

  /** Sends the next report of the watch; false when there is none or the network is away. */
  private async sendNext(watchId: string): Promise<boolean> {
    const report = this.begin(watchId)
    if (!report) return false
    try {
      const credited = await this.send(watchId, report)
      this.change(watchId, (u) => (u.sending = null))
      this.onCredited(watchId, credited, report)
      return true
    } catch (e) {
      const error = e as ApiError
      if (mayYetSucceed(error)) return false
      this.change(watchId, (u) => (u.sending = u.waiting = null)) // it will be refused for ever
      this.onRefused(watchId, error)
      return false
    }
  }

  private begin(watchId: string): Report | null {
    let report: Report | null = null
    this.change(watchId, (u) => {
      if (!u.sending && u.waiting) {
        u.seq += 1
        u.sending = { seq: u.seq, ...u.waiting }
        u.waiting = null
      }
      report = u.sending
    })
    return report
  }

  private change(watchId: string, f: (unsent: Unsent) => void): void {
    const all = this.shelf.read()
    const unsent = all.find((u) => u.watchId === watchId)
    if (!unsent) return
    f(unsent)
    this.shelf.write(all.slice(-20)) // watches of long ago are of no use to anybody
  }
}
