import { describe, expect, it } from 'vitest'
import { offline, toApiError } from '@/api/error'
import { Renewer } from '@/api/renew'
import { CheckInQueue, MAX_AGE_MS, type CheckIn } from '@/lib/checkins'
import { ReportQueue, type Report, type Unsent } from '@/lib/reports'
import { storage } from './storage'

const credited = { watchedSeconds: 1, percent: 1, completed: false, rejected: [], nextReportSeconds: 15 }

function reporting() {
  const sent: Report[] = []
  let failure: unknown = null
  const stored = storage<Unsent>()
  const refused: string[] = []
  const make = () =>
    new ReportQueue({
      storage: stored,
      async send(_, report) {
        sent.push(report)
        if (failure) throw failure
        return credited
      },
      onRefused: (_, error) => refused.push(error.code),
    })
  return { sent, refused, make, fail: (e: unknown) => (failure = e) }
}

describe('reports', () => {
  it('are numbered from one and sent in order', async () => {
    const { make, sent } = reporting()
    const queue = make()
    queue.add('w', 5, 1, [[0, 5]])
    await queue.flush()
    queue.add('w', 10, 1, [[5, 10]])
    await queue.flush()
    expect(sent.map((r) => [r.seq, r.segments])).toEqual([[1, [[0, 5]]], [2, [[5, 10]]]])
    expect(queue.unsent).toBe(0)
  })
  it('are kept without network, joined, and sent by a later start of the app', async () => {
    const { make, sent, fail } = reporting()
    fail(offline)
    const queue = make()
    queue.add('w', 5, 1, [[0, 5]])
    await queue.flush()
    queue.add('w', 10, 1, [[5, 10]])
    queue.add('w', 15, 1, [[10, 15]])
    await queue.flush()
    fail(null)
    sent.length = 0
    await make().flush()
    // The first may have arrived: it goes again exactly as it was, under its number.
    expect(sent.map((r) => [r.seq, r.segments])).toEqual([[1, [[0, 5]]], [2, [[5, 15]]]])
  })
  it('have one rate each, however often it changes without network', async () => {
    const { make, sent, fail } = reporting()
    fail(toApiError(502, null))
    const queue = make()
    queue.add('w', 60, 2, [[0, 60]])
    await queue.flush()
    queue.add('w', 75, 1, [[60, 75]])
    queue.add('w', 80, 1, [[75, 80]])
    queue.add('w', 100, 2, [[80, 100]])
    fail(null)
    sent.length = 0
    await make().flush()
    expect(sent.map((r) => [r.seq, r.rate, r.position, r.segments])).toEqual([[1, 2, 60, [[0, 60]]], [2, 1, 80, [[60, 80]]], [3, 2, 100, [[80, 100]]]])
    expect(queue.unsent).toBe(0)
  })
  it('begin another where there are more stretches than one may have', async () => {
    const { make, sent, fail } = reporting()
    fail(offline)
    const queue = make()
    for (let n = 0; n < 130; n++) queue.add('w', n, 1, [[2 * n, 2 * n + 1]])
    fail(null)
    await queue.flush()
    expect(sent.map((r) => r.segments.length)).toEqual([60, 60, 10])
  })
  it('that an earlier version kept are sent', async () => {
    const stored = storage<Unsent>()
    const sent: Report[] = []
    stored.write([{ key: 'w', at: Date.now(), account: '', item: { watchId: 'w', seq: 3, sending: null, waiting: { position: 5, rate: 1, segments: [[0, 5]] } as unknown as [] } }])
    const queue = new ReportQueue({ storage: stored, send: async (_, report) => (sent.push(report), credited) })
    queue.add('w', 9, 1, [[5, 9]])
    await queue.flush()
    expect(sent).toEqual([{ seq: 4, position: 9, rate: 1, segments: [[0, 9]] }])
  })
  it('are kept while the server is overloaded', async () => {
    const { make, fail } = reporting()
    fail(toApiError(503, { code: 'overloaded' }))
    const queue = make()
    queue.add('w', 5, 1, [[0, 5]])
    await queue.flush()
    expect(queue.unsent).toBe(1)
  })
  it('are dropped when they are refused for good', async () => {
    const { make, fail, refused } = reporting()
    fail(toApiError(404, { code: 'watch_not_found' }))
    const queue = make()
    queue.add('w', 5, 1, [[0, 5]])
    await queue.flush()
    expect(queue.unsent).toBe(0)
    expect(refused).toEqual(['watch_not_found'])
  })
  it('are not sent twice by two calls at once', async () => {
    const { make, sent } = reporting()
    const queue = make()
    queue.add('w', 5, 1, [[0, 5]])
    await Promise.all([queue.flush(), queue.flush()])
    expect(sent).toHaveLength(1)
  })
})

describe('check-ins', () => {
  function checking() {
    let now = 0
    let failure: unknown = null
    const sent: CheckIn[] = []
    const queue = new CheckInQueue({
      storage: storage(),
      async send(checkIn) {
        if (failure) throw failure
        sent.push(checkIn)
        return [{ pupilId: '1', side: 'pupil', status: 'checkedIn', at: '', late: false }]
      },
      now: () => now,
    })
    return { queue, sent, fail: (e: unknown) => (failure = e), later: (ms: number) => (now += ms) }
  }
  it('go at once where there is network', async () => {
    const { queue } = checking()
    expect(await queue.checkIn('t', ['1'])).toHaveLength(1)
    expect(queue.waiting).toBe(0)
  })
  it('are kept without network and sent once it is back, each once', async () => {
    const { queue, sent, fail } = checking()
    fail(offline)
    expect(await queue.checkIn('t', ['1'])).toBeNull()
    expect(await queue.checkIn('t', ['1'])).toBeNull()
    expect(queue.waiting).toBe(1)
    fail(null)
    await queue.flush()
    expect(sent.map((k) => k.token)).toEqual(['t'])
    expect(queue.waiting).toBe(0)
  })
  it('are not sent twice by two calls at once, and reported once', async () => {
    const { queue, sent, fail } = checking()
    fail(offline)
    await queue.checkIn('t', ['1'])
    fail(null)
    const outcomes = await Promise.all([queue.flush(), queue.flush()])
    expect(sent).toHaveLength(1)
    expect(outcomes.map((t) => t.length)).toEqual([1, 0])
  })
  it('are kept while the server is overloaded or limits the account: after a lecture all phones come back at once', async () => {
    const { queue, sent, fail } = checking()
    fail(offline)
    await queue.checkIn('t', ['1'])
    for (const [status, code] of [[503, 'overloaded'], [429, 'rate_limited']] as const) {
      fail(toApiError(status, { code }))
      expect(await queue.flush()).toEqual([])
      expect(queue.waiting).toBe(1)
    }
    fail(null)
    await queue.flush()
    expect(sent).toHaveLength(1)
    expect(queue.waiting).toBe(0)
  })
  it('are kept from the first try where it may yet succeed: a proxy without its server, an overload, a limit, a timeout', async () => {
    for (const error of [toApiError(502, '<html>'), toApiError(503, { code: 'overloaded' }), toApiError(429, { code: 'rate_limited' }), toApiError(504, null), offline]) {
      const { queue, sent, fail } = checking()
      fail(error)
      expect(await queue.checkIn('t', ['1'])).toBeNull()
      expect(queue.waiting).toBe(1)
      fail(null)
      await queue.flush()
      expect(sent.map((k) => k.token)).toEqual(['t'])
    }
  })
  it('are given up after a day', async () => {
    const { queue, fail, later } = checking()
    fail(offline)
    await queue.checkIn('t', [])
    later(MAX_AGE_MS)
    expect(queue.waiting).toBe(0)
  })
  it('report a refusal, and keep nothing of it', async () => {
    const { queue, fail } = checking()
    fail(toApiError(409, { code: 'code_expired', detail: '二维码已过期' }))
    await expect(queue.checkIn('t', [])).rejects.toMatchObject({ code: 'code_expired' })
    expect(queue.waiting).toBe(0)
  })
})

describe('an expired token', () => {
  it('is renewed once for all calls that wait, and each succeeds', async () => {
    let token = 'old'
    let logins = 0
    const renewer = new Renewer({ read: () => token, write: (t) => (token = t) }, async () => {
      logins++
      await new Promise((resolve) => setTimeout(resolve, 5))
      return 'new'
    })
    const call = async (t: string) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
      if (t === 'old') throw toApiError(401, {})
      return t
    }
    const results = await Promise.all(Array.from({ length: 8 }, () => renewer.run(call)))
    expect(new Set(results)).toEqual(new Set(['new']))
    expect(logins).toBe(1)
  })
  it('is not renewed again by a call whose old token was refused later', async () => {
    let token = 'old'
    let logins = 0
    const renewer = new Renewer({ read: () => token, write: (t) => (token = t) }, async () => {
      logins++
      return 'new'
    })
    const slow = renewer.run(async (t) => {
      if (t === 'old') {
        await new Promise((resolve) => setTimeout(resolve, 10))
        throw toApiError(401, {})
      }
      return t
    })
    await renewer.run(async (t) => {
      if (t === 'old') throw toApiError(401, {})
    })
    expect(await slow).toBe('new')
    expect(logins).toBe(1)
  })
  it('makes a call fail that is refused with the new one too', async () => {
    let logins = 0
    const renewer = new Renewer({ read: () => '', write: () => {} }, async () => String(++logins))
    await expect(
      renewer.run(async () => {
        throw toApiError(401, {})
      }),
    ).rejects.toMatchObject({ status: 401 })
    expect(logins).toBe(2)
  })
})
