import { beforeEach, describe, expect, it, vi } from 'vitest'
import { asApiError, offline, toApiError } from '@/api/error'
import { forgetPerson, keep, kept, queueStorage, setCurrentAccount } from '@/lib/storage'
import { loading, paging } from '@/lib/load'

const DAY_MS = 24 * 60 * 60 * 1000

/** A phone's storage, which gives back copies. */
let stored: Map<string, string>
beforeEach(() => {
  stored = new Map()
  vi.stubGlobal('uni', {
    getStorageSync: (key: string) => (stored.has(key) ? JSON.parse(stored.get(key)!) : ''),
    setStorageSync: (key: string, value: unknown) => void stored.set(key, JSON.stringify(value)),
    removeStorageSync: (key: string) => void stored.delete(key),
    getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
    stopPullDownRefresh: () => {},
  })
})

describe('what a page showed last', () => {
  it('is kept for a week, and forgotten at logout with nothing else', () => {
    uni.setStorageSync('xinyu.large', true)
    keep('home', { owed: 3 }, 0)
    expect(kept('home', 7 * DAY_MS - 1)).toEqual({ at: 0, data: { owed: 3 } })
    expect(kept('home', 7 * DAY_MS)).toBeNull()
    forgetPerson()
    expect(kept('home', 1)).toBeNull()
    expect(uni.getStorageSync('xinyu.large')).toBe(true)
  })
  it('is not for the next person who logs in on the phone, nor is what waits to be sent', () => {
    const own = ['xinyu.child', 'xinyu.reports', 'xinyu.checkins', 'xinyu.rollcalls']
    const fill = () => own.forEach((key) => uni.setStorageSync(key, ['of the first']))
    uni.setStorageSync('xinyu.large', true)
    setCurrentAccount('1')
    keep('home', { owed: 3 }, 0)
    fill()
    setCurrentAccount('1') // the same person, whose login had expired
    expect([kept('home', 1)?.data, ...own.map((key) => uni.getStorageSync(key))]).toEqual([{ owed: 3 }, ...own.map(() => ['of the first'])])
    setCurrentAccount('2')
    expect([kept('home', 1), ...own.map((key) => uni.getStorageSync(key))]).toEqual([null, '', '', '', ''])
    expect(uni.getStorageSync('xinyu.large')).toBe(true)
    fill()
    forgetPerson()
    expect(own.map((key) => uni.getStorageSync(key))).toEqual(['', '', '', ''])
  })
  it('is empty where something else is stored than a queue', () => {
    for (const rubbish of ['str', { a: 1 }, 5]) {
      uni.setStorageSync('xinyu.reports', rubbish)
      expect(queueStorage('reports').read()).toEqual([])
    }
    uni.setStorageSync('xinyu.reports', [1])
    expect(queueStorage('reports').read()).toEqual([1])
  })
  it('is replaced by newer pages when there are many', () => {
    for (let i = 0; i < 40; i++) keep(`session.${i}`, i, i)
    expect(kept('session.0', 40)).toBeNull()
    expect(kept('session.39', 40)?.data).toBe(39)
    expect(stored.size).toBe(30)
  })
  it('does not stop a page whose phone is full', () => {
    vi.stubGlobal('uni', { ...uni, setStorageSync: () => { throw new Error('full') } })
    expect(() => keep('home', 1)).not.toThrow()
  })
})

describe('a page', () => {
  function page() {
    let failure: unknown = null
    let value = 1
    const make = () =>
      loading(
        async () => {
          if (failure) throw failure
          return value
        },
        () => 'page',
      )
    return { make, fail: (e: unknown) => (failure = e), set: (v: number) => (value = v) }
  }

  it('waits, shows, and shows when it could not be read anew', async () => {
    const { make, fail } = page()
    const p = make()
    expect(p.waiting.value).toBe(true)
    await p.reload()
    expect([p.waiting.value, p.data.value, p.failed.value, p.stale.value]).toEqual([false, 1, null, null])
    fail(offline)
    await p.reload()
    expect([p.data.value, p.failed.value, p.stale.value?.code, p.keptAt.value]).toEqual([1, null, 'offline', 0])
  })
  it('shows what was kept when the server is away, and says from when', async () => {
    const { make, fail } = page()
    await make().reload()
    for (const away of [offline, toApiError(503, null)]) {
      fail(away)
      const later = make()
      await later.reload()
      expect([later.data.value, later.failed.value]).toEqual([1, null])
      expect(later.keptAt.value).toBeGreaterThan(0)
    }
  })
  it('shows no kept page where the server refuses it', async () => {
    const { make, fail } = page()
    await make().reload()
    fail(toApiError(404, { code: 'lesson_not_found' }))
    const later = make()
    await later.reload()
    expect([later.data.value, later.failed.value?.code]).toEqual([null, 'lesson_not_found'])
  })
  it('lets only the newest of several readings count', async () => {
    const resolvers: ((v: number) => void)[] = []
    const p = loading(() => new Promise<number>((resolve) => resolvers.push(resolve)))
    const first = p.reload()
    const second = p.reload()
    resolvers[1]!(2)
    resolvers[0]!(1)
    await Promise.all([first, second])
    expect(p.data.value).toBe(2)
    const third = p.reload()
    p.clear()
    resolvers[2]!(3)
    await third
    expect(p.waiting.value).toBe(true)
  })
})

describe('a list', () => {
  const list = async () => {
    let failing = false
    const asked: string[] = []
    const first = loading(async () => ({ items: [1, 2], nextCursor: 'b' }))
    const p = paging(first, async (cursor) => {
      asked.push(cursor)
      if (failing) throw offline
      return { items: [3], nextCursor: undefined }
    })
    await first.reload()
    return { first, p, asked, fail: (on: boolean) => (failing = on) }
  }
  it('is read on to its end, each page once', async () => {
    const { p, asked } = await list()
    expect(p.more.value).not.toBe('')
    await Promise.all([p.next(), p.next()])
    await p.next()
    expect([p.items.value, p.more.value, asked]).toEqual([[1, 2, 3], '', ['b']])
  })
  it('can be tried again, and begins anew with its first page', async () => {
    const { first, p, asked, fail } = await list()
    fail(true)
    await p.next()
    expect(p.items.value).toEqual([1, 2])
    expect(p.more.value).toContain('没有连上')
    fail(false)
    await p.next()
    await first.reload()
    expect([p.items.value, asked]).toEqual([[1, 2], ['b', 'b']])
  })
})

describe('what was thrown', () => {
  it('is shown where it is a refusal, and says nothing of its insides where it is a fault', () => {
    const refusal = toApiError(409, { code: 'slot_taken', detail: '这个时间刚刚被约走了' })
    expect(asApiError(refusal)).toBe(refusal)
    expect(asApiError(offline)).toBe(offline)
    const system = Object.assign(new Error('ECONNRESET at 10.0.0.1'), { code: 'ECONNRESET', status: 1 })
    for (const fault of [new TypeError("Cannot read properties of undefined (reading 'id')"), system, { errMsg: 'setStorage:fail', code: 3, message: 'raw' }, 'raw', null, undefined])
      expect(asApiError(fault)).toEqual(toApiError(500, null))
  })
})
