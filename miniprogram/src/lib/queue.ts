import { asApiError, isOffline, mayYetSucceed, type ApiError } from '@/api/error'

/** An item that has not reached the server. */
export interface Entry<T> {
  /** Names the item: one that is added under the same key replaces it, or joins it. */
  key: string
  /** When something was added to it last, in milliseconds since 1970. */
  at: number
  /** The account that made it; empty where nobody had logged in on this phone. */
  account: string
  item: T
}

/** Where entries outlive the page, and the app. */
export interface QueueStorage<T> {
  read(): Entry<T>[]
  write(entries: Entry<T>[]): void
  /** The account that the phone is logged in as; empty where nobody has logged in. */
  account(): string
}

/** What became of an item: the server's result, or its refusal. */
export interface Outcome<T, R> {
  item: T
  result?: R
  error?: ApiError
}

/** How one kind of item is sent and kept. */
export interface QueueOptions<T, R> {
  storage: QueueStorage<T>
  /** Sends one item. It rejects with an ApiError only. */
  send(item: T): Promise<R>
  /** After this time an item is of no use any more. */
  maxAgeMs?: number
  /** The most items that are kept; the oldest are dropped first. */
  maxEntries?: number
  /** Joins what is added to what waits under the same key; without it the new item replaces the old one. */
  join?(waiting: T, added: T): T
  /** The item as it will be sent, stored before that; null where there is nothing to send now. Without it the item is sent as it is. */
  prepare?(item: T): T | null
  /** What stays of the stored item after the one that was sent was accepted or, with an error, refused; without it nothing does. */
  remainder?(item: T, sent: T, error?: ApiError): T | null
  /** Is called with each outcome at once; flush returns them all at its end. */
  onSettled?(outcome: Outcome<T, R>): void
  now?(): number
}

/** The longest that the queue waits because a server asked it to. */
const MAX_BACKOFF_MS = 60_000

/**
 * Keeps what could not be sent and sends it later, one item at a time. What may
 * yet succeed stays; what the server refuses is dropped and reported. An item
 * is only ever sent in the name of the account that made it.
 */
export class Queue<T, R> {
  private flushing: Promise<Outcome<T, R>[]> | null = null
  private pausedUntil = 0

  constructor(private readonly options: QueueOptions<T, R>) {}

  /** Sends what is kept and returns what became of it. A call while another is under way waits for it and returns nothing. */
  flush(): Promise<Outcome<T, R>[]> {
    if (this.flushing) return this.flushing.then(() => [])
    this.flushing = this.sendAll().finally(() => (this.flushing = null))
    return this.flushing
  }

  /** The items that are kept and still of use. */
  protected items(): T[] {
    return this.live().map((entry) => entry.item)
  }

  /** Keeps an item for the next flush. */
  protected put(key: string, item: T, account = this.options.storage.account()): void {
    const { join, maxEntries = Infinity, storage } = this.options
    const entries = this.live()
    const waiting = entries.find((entry) => entry.key === key)
    const joined = waiting && join ? join(waiting.item, item) : item
    const others = entries.filter((entry) => entry !== waiting)
    storage.write([...others, { key, at: this.now(), account, item: joined }].slice(-maxEntries))
  }

  /** Forgets the item of this key. */
  protected remove(key: string): void {
    this.change(key, () => null)
  }

  /** Sends an item now; where it may yet succeed it is kept, and null returned. A refusal is thrown. */
  protected async submit(key: string, item: T): Promise<R | null> {
    const account = this.options.storage.account()
    try {
      return await this.options.send(item)
    } catch (e) {
      if (!mayYetSucceed(e as ApiError)) throw e
      this.put(key, item, account || this.options.storage.account())
      return null
    }
  }

  private async sendAll(): Promise<Outcome<T, R>[]> {
    const outcomes: Outcome<T, R>[] = []
    if (this.now() < this.pausedUntil) return outcomes
    for (const { key } of this.live()) {
      for (let item = this.next(key); item !== null; item = this.next(key)) {
        const outcome: Outcome<T, R> = await this.options.send(item).then((result) => ({ item, result }), (error) => ({ item, error: asApiError(error) }))
        const { error } = outcome
        if (error && mayYetSucceed(error)) {
          if (!isForAll(error)) break
          this.pausedUntil = this.now() + Math.min((error.retryAfterSeconds ?? 0) * 1000, MAX_BACKOFF_MS)
          return outcomes
        }
        this.settle(key, outcome)
        outcomes.push(outcome)
      }
    }
    return outcomes
  }

  /** What is to be sent of the item of this key; null where nothing is. */
  private next(key: string): T | null {
    const entry = this.live().find((e) => e.key === key)
    if (!entry) return null
    const { prepare } = this.options
    if (!prepare) return entry.item
    const item = prepare(entry.item)
    if (item !== null) this.change(key, () => item)
    return item
  }

  private settle(key: string, outcome: Outcome<T, R>): void {
    const { remainder, onSettled } = this.options
    this.change(key, (item) => (remainder ? remainder(item, outcome.item, outcome.error) : null))
    onSettled?.(outcome)
  }

  /** Changes the item of this key; null removes it. */
  private change(key: string, f: (item: T) => T | null): void {
    const changed = this.live().flatMap((entry) => {
      if (entry.key !== key) return [entry]
      const item = f(entry.item)
      return item === null ? [] : [{ ...entry, item }]
    })
    this.options.storage.write(changed)
  }

  /** The entries that are of use: of this account, and not too old. Anything else in the storage is dropped with the next change. */
  private live(): Entry<T>[] {
    const { storage, maxAgeMs = Infinity } = this.options
    const account = storage.account()
    return storage.read().filter((e) => typeof e?.key === 'string' && (!e.account || e.account === account) && this.now() - e.at < maxAgeMs)
  }

  private now(): number {
    return this.options.now?.() ?? Date.now()
  }
}

/** Whether the error says that no other item would fare better: there is no network, or the server is overloaded or limits the account. */
function isForAll(error: ApiError): boolean {
  return isOffline(error) || error.status === 429 || error.status === 503
}
