import { describe, expect, it } from 'vitest'
import { offline, toApiError } from '@/api/error'
import { Renewer } from '@/api/renew'
import { CheckInQueue, MAX_AGE_MS, type CheckIn } from '@/lib/checkins'
import { CryQueue, cryState, type Cry, type Raised } from '@/lib/cries'
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

describe('calls for help', () => {
  const raised: Raised = { id: '1', level: 'immediate', raisedAt: '2026-11-25T15:05:00Z', dueAt: '2026-11-25T15:15:00Z', times: 1 }
  function crying(...failures: unknown[]) {
    const sent: Cry[] = []
    const stored = storage<Cry>()
    const make = () =>
      new CryQueue({
        storage: stored,
        async send(cry) {
          sent.push(cry)
          const failure = failures.shift()
          if (failure) throw failure
          return raised
        },
      })
    return { sent, make }
  }

  it('are stored before they are sent, and go with a later start of the app', async () => {
    const { make, sent } = crying(offline, toApiError(500, null), toApiError(429, null))
    make().keep({ selfHarm: true })
    expect(sent).toEqual([])
    for (let n = 1; n <= 3; n++) {
      const queue = make()
      await queue.flush()
      expect(queue.waiting).toBe(1)
    }
    const queue = make()
    expect(await queue.flush()).toMatchObject([{ result: raised }])
    expect(queue.waiting).toBe(0)
    expect(sent.length).toBe(4)
  })

  it('go without the words and the pupil where those are refused, and stay where all is', async () => {
    const { make, sent } = crying(toApiError(422, null))
    const queue = make()
    queue.keep({ selfHarm: true, words: '很长', pupilId: '7' })
    await queue.flush()
    expect(sent).toEqual([{ selfHarm: true, words: '很长', pupilId: '7' }, { selfHarm: true }])
    expect(queue.waiting).toBe(0)

    const refused = crying(...Array.from({ length: 4 }, () => toApiError(403, null)))
    const stays = refused.make()
    stays.keep({ words: '想找人说说' })
    await stays.flush()
    await stays.flush()
    expect(stays.waiting).toBe(1)
    await stays.flush()
    expect(stays.waiting).toBe(0)
  })

  it('are each kept, also two of one moment, until the server has them by another way', () => {
    const queue = crying().make()
    const key = queue.keep({ selfHarm: true })
    queue.keep({ selfHarm: true })
    expect(queue.waiting).toBe(2)
    queue.drop(key)
    expect(queue.waiting).toBe(1)
  })

  describe('say', () => {
    const now = Date.parse('2026-11-25T15:10:00Z')
    const state = (of: Partial<Parameters<typeof cryState>[0]>) => cryState({ unsent: 0, sending: false, raised: [], reader: 'pupil', now, ...of })
    const taken = { ...raised, acknowledgedAt: '2026-11-25T15:08:00Z' }

    it('nothing where there was none', () => expect(state({})).toBeNull())
    it('in red that nothing was sent, whatever was sent before', () => {
      expect(state({ unsent: 1, raised: [taken] })).toMatchObject({ red: true, title: '还没送出，请现在打电话' })
      expect(state({ unsent: 1, sending: true })).toMatchObject({ red: true, title: '正在送出…' })
    })
    it('what the server has, and that nobody has it yet', () => expect(state({ raised: [raised, taken] })).toMatchObject({ red: false, title: '已送出' }))
    it('in red that the time has passed', () => expect(state({ raised: [raised], now: now + 3600_000 })).toMatchObject({ red: true, title: '已送出，还没有人接手' }))
    it('that a person has it, and since when, for some hours', () => {
      expect(state({ raised: [taken] })!.text).toContain('23:08 有值班老师接手了')
      expect(state({ raised: [taken], now: now + 13 * 3600_000 })).toBeNull()
    })
    it('other words to a pupil than to an adult', () => {
      const of = (reader: 'pupil' | 'adult') => ['unsent', 'raised', 'taken'].map((s) => state({ reader, unsent: s === 'unsent' ? 1 : 0, raised: s === 'taken' ? [{ ...taken, pupilId: '7' }] : [{ ...raised, pupilId: '7' }] })!.text).join()
      expect(of('adult')).toContain('不要让孩子独自一人')
      expect(of('pupil')).not.toMatch(/孩子|您/)
    })
  })
})
