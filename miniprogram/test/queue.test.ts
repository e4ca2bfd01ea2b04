import { describe, expect, it } from 'vitest'
import { offline, toApiError, type ApiError } from '@/api/error'
import { Queue, type Outcome, type QueueOptions } from '@/lib/queue'
import { storage } from './storage'

/** A queue of texts, named by their first letter. */
class Texts extends Queue<string, number> {
  add(text: string): void {
    this.put(text[0]!, text)
  }
  sendNow(text: string): Promise<number | null> {
    return this.submit(text[0]!, text)
  }
  get kept(): string[] {
    return this.items()
  }
}

function setUp(options: Partial<QueueOptions<string, number>> = {}) {
  const stored = storage<string>()
  const sent: string[] = []
  const settled: Outcome<string, number>[] = []
  let failure: (text: string) => ApiError | null = () => null
  let now = 0
  const make = () =>
    new Texts({
      storage: stored,
      async send(text) {
        sent.push(text)
        const error = failure(text)
        if (error) throw error
        return text.length
      },
      onSettled: (outcome) => settled.push(outcome),
      now: () => now,
      ...options,
    })
  return { stored, sent, settled, make, queue: make(), fail: (f: typeof failure) => (failure = f), later: (ms: number) => (now += ms) }
}

const refusal = (status: number, retryAfterSeconds?: number) => toApiError(status, { code: 'refused', retryAfterSeconds })

describe('a queue', () => {
  it('sends what is kept in order, each once, and returns and reports what became of it', async () => {
    const { queue, sent, settled } = setUp()
    queue.add('a')
    queue.add('bb')
    const outcomes = await queue.flush()
    expect(outcomes).toEqual([{ item: 'a', result: 1 }, { item: 'bb', result: 2 }])
    expect(settled).toEqual(outcomes)
    expect(await queue.flush()).toEqual([])
    expect([sent, queue.kept]).toEqual([['a', 'bb'], []])
  })

  it('keeps for a later start of the app what got no answer', async () => {
    const { queue, make, fail, sent } = setUp()
    fail(() => offline)
    expect(await queue.sendNow('a')).toBeNull()
    queue.add('b')
    expect(await queue.flush()).toEqual([])
    expect(sent).toEqual(['a', 'a']) // without network nothing else is tried
    fail(() => null)
    expect((await make().flush()).map((o) => o.item)).toEqual(['a', 'b'])
  })

  it('keeps what the server had no time for, from the first try', async () => {
    const { queue, fail, sent } = setUp()
    for (const [text, status] of [['a', 429], ['b', 502], ['c', 503]] as const) {
      fail(() => refusal(status))
      expect(await queue.sendNow(text)).toBeNull()
    }
    fail(() => null)
    await queue.flush()
    expect(sent).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    expect(queue.kept).toEqual([])
  })

  it('throws a refusal of what is sent now, and keeps nothing of it', async () => {
    const { queue, fail } = setUp()
    for (const status of [404, 409, 422]) {
      fail(() => refusal(status))
      await expect(queue.sendNow('a')).rejects.toMatchObject({ status })
    }
    expect(queue.kept).toEqual([])
  })

  it('drops what is refused for good, and goes on', async () => {
    const { queue, fail } = setUp()
    fail((text) => (text === 'a' ? refusal(403) : null))
    queue.add('a')
    queue.add('b')
    expect((await queue.flush()).map((o) => o.error?.status ?? o.result)).toEqual([403, 1])
    expect(queue.kept).toEqual([])
  })

  it('goes on past an item at which the server fails, and keeps it', async () => {
    const { queue, fail } = setUp()
    fail((text) => (text === 'a' ? refusal(500) : null))
    queue.add('a')
    queue.add('b')
    expect((await queue.flush()).map((o) => o.item)).toEqual(['b'])
    expect(queue.kept).toEqual(['a'])
  })

  it('stops where the server is overloaded or limits the account, for as long as it asks, and a minute at most', async () => {
    for (const [status, asked, waited] of [[503, 3, 3], [429, 3600, 60]] as const) {
      const { queue, fail, sent, later } = setUp()
      fail(() => refusal(status, asked))
      queue.add('a')
      queue.add('b')
      await queue.flush()
      expect(sent).toEqual(['a'])
      fail(() => null)
      later(waited * 1000 - 1)
      expect(await queue.flush()).toEqual([])
      later(1)
      expect((await queue.flush()).map((o) => o.item)).toEqual(['a', 'b'])
    }
  })

  it('is not sent twice by two calls at once, and the second has no outcomes', async () => {
    const { queue, sent } = setUp()
    queue.add('a')
    const outcomes = await Promise.all([queue.flush(), queue.flush()])
    expect([sent, outcomes.map((o) => o.length)]).toEqual([['a'], [1, 0]])
  })

  it('replaces an item of the same key, or joins the two', async () => {
    const replacing = setUp().queue
    const joining = setUp({ join: (a, b) => a + b }).queue
    for (const queue of [replacing, joining]) for (const text of ['a1', 'a2']) queue.add(text)
    expect([replacing.kept, joining.kept]).toEqual([['a2'], ['a1a2']])
  })

  it('stores an item as it is sent, and keeps what remains of it', async () => {
    const { queue, sent, fail } = setUp({ prepare: (text) => (text === 'a' ? null : text.toLowerCase()), remainder: (item, done) => item.replace(done.slice(1, 2), '') })
    fail(() => offline)
    queue.add('aXY')
    await queue.flush()
    expect(queue.kept).toEqual(['axy'])
    fail(() => null)
    await queue.flush()
    expect([sent, queue.kept]).toEqual([['axy', 'axy', 'ay'], ['a']])
  })

  it('drops what is too old, and the oldest of too many', async () => {
    const { queue, later, sent } = setUp({ maxAgeMs: 1000, maxEntries: 2 })
    for (const text of ['a', 'b', 'c']) queue.add(text)
    expect(queue.kept).toEqual(['b', 'c'])
    later(1000)
    expect(queue.kept).toEqual([])
    await queue.flush()
    expect(sent).toEqual([])
  })

  it('never sends in the name of another account', async () => {
    const { queue, stored, sent } = setUp()
    queue.add('a')
    stored.logIn('2')
    expect([queue.kept, await queue.flush(), sent]).toEqual([[], [], []])
    queue.add('b')
    expect(stored.read().map((e) => e.item)).toEqual(['b']) // what another left is gone
  })

  it('stops in the middle when another account logs in', async () => {
    const { queue, stored, sent, fail } = setUp()
    queue.add('a')
    queue.add('b')
    fail(() => {
      stored.logIn('2')
      return null
    })
    await queue.flush()
    expect(sent).toEqual(['a'])
  })

  it('keeps what was sent now under the account that began it', async () => {
    const { queue, stored, fail } = setUp()
    fail(() => {
      stored.logIn('2')
      return offline
    })
    expect(await queue.sendNow('a')).toBeNull()
    expect(queue.kept).toEqual([])
    stored.logIn('1')
    expect(queue.kept).toEqual(['a'])
  })

  it('sends what was kept before anybody had logged in', async () => {
    const { queue, stored, fail } = setUp()
    stored.logIn('')
    fail(() => offline)
    await queue.sendNow('a')
    stored.logIn('1')
    expect(queue.kept).toEqual(['a'])
  })

  it('ignores what is stored of another form', async () => {
    const { queue, stored, sent } = setUp()
    stored.spoil('[null, 5, "x", {"token": "t", "scannedAt": 0}]')
    expect([queue.kept, await queue.flush(), sent]).toEqual([[], [], []])
    queue.add('a')
    expect(stored.read()).toHaveLength(1)
  })
})
