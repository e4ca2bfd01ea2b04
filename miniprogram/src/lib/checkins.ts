import { isOffline, mayYetSucceed, type ApiError } from '@/api/error'

/** A scanned code that could not be sent yet. */
export interface KeptCheckIn {
  token: string
  pupilIds: string[]
  /** When it was scanned, in milliseconds since 1970. */
  scannedAt: number
}

/** One result of a check-in. */
export interface CheckedIn {
  pupilId: string
  side: string
  status: string
  at: string
  late: boolean
}

/** What became of a code that was kept. */
export interface Outcome {
  kept: KeptCheckIn
  items?: CheckedIn[]
  error?: ApiError
}

/** Where kept codes outlive the page. */
export interface CheckInShelf {
  read(): KeptCheckIn[]
  write(kept: KeptCheckIn[]): void
}

/** How long the server takes a code after it was shown. */
export const KEPT_FOR_MS = 24 * 60 * 60 * 1000

/** Keeps scanned codes while there is no network and sends them later; the code itself proves when it was shown. */
export class CheckInQueue {
  private flushing: Promise<Outcome[]> | null = null

  constructor(
    private readonly shelf: CheckInShelf,
    private readonly send: (kept: KeptCheckIn) => Promise<CheckedIn[]>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Checks in now or, without network, later. Null means that it is kept. Refusals are thrown. */
  async checkIn(token: string, pupilIds: string[]): Promise<CheckedIn[] | null> {
    const kept = { token, pupilIds, scannedAt: this.now() }
    try {
      return await this.send(kept)
    } catch (e) {
      if (!isOffline(e as ApiError)) throw e
      this.shelf.write([...this.live().filter((k) => k.token !== token), kept])
      return null
    }
  }

  /** Sends what is kept; answers what became of each, and keeps the rest while the server can't take it. A call while another is under way has nothing to tell. */
  async flush(): Promise<Outcome[]> {
    if (this.flushing) return this.flushing.then(() => [])
    this.flushing = this.sendAll().finally(() => (this.flushing = null))
    return this.flushing
  }

  /** How many are kept and still good. */
  get waiting(): number {
    return this.live().length
  }

  private async sendAll(): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const kept of this.live()) {
      try {
        outcomes.push({ kept, items: await this.send(kept) })
      } catch (e) {
        if (mayYetSucceed(e as ApiError)) break
        outcomes.push({ kept, error: e as ApiError })
      }
      this.shelf.write(this.shelf.read().filter((k) => k.token !== kept.token))
    }
    return outcomes
  }

  private live(): KeptCheckIn[] {
    return this.shelf.read().filter((k) => this.now() - k.scannedAt < KEPT_FOR_MS)
  }
}
