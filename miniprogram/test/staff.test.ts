import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { offline, type ApiError } from '@/api/error'
import { remindedWords } from '@/work/lib/calls'
import { CodeRotation, type Shown } from '@/work/lib/code'
import { byNeed, gradeOf } from '@/work/lib/coverage'
import { sectionsOf, toolsOf } from '@/work/lib/hub'
import { grantFault } from '@/work/lib/roles'
import { clockOf, endAfter, faultOf as openingFault, lengthWords, minuteOf, onGrid, starts } from '@/work/lib/minutes'
import { groupDays } from '@/work/lib/calendar'
import { bodyOf, faultOf, newPlan, planOf, times } from '@/work/lib/plan'
import { RollCallQueue } from '@/work/lib/rollcalls'
import { layOut, weekOf } from '@/work/lib/week'
import { storage } from './storage'

describe('the code on the screen', () => {
  let shown: Shown
  let responses: (() => Promise<{ token: string; digits: string; validSeconds: number; qrPngUrl: string }>)[]
  let asked: number
  let rotation: CodeRotation
  const code = (n: number) => ({ token: `t${n}`, digits: `00000${n}`, validSeconds: 10, qrPngUrl: '' })
  const away = () => Promise.reject(offline)
  const never = () => new Promise<never>(() => {})
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  beforeEach(() => {
    vi.useFakeTimers()
    asked = 0
    responses = []
    rotation = new CodeRotation(
      () => (responses[asked++] ?? never)(),
      (s) => (shown = s),
    )
  })
  afterEach(() => {
    rotation.stop()
    vi.useRealTimers()
  })

  it('is replaced when its time has passed', async () => {
    responses = [async () => code(1), async () => code(2)]
    rotation.start()
    await pass(0)
    expect(shown).toMatchObject({ state: 'live', code: { token: 't1' } })
    await pass(9_900)
    expect(asked).toBe(1)
    await pass(200)
    expect(shown).toMatchObject({ state: 'live', code: { token: 't2' } })
  })

  it('is taken away two seconds after its time when the network is gone, and comes back by itself', async () => {
    responses = [async () => code(1), away, away, async () => code(2)]
    rotation.start()
    await pass(11_900)
    expect(shown.code?.token).toBe('t1')
    await pass(200)
    expect(shown).toMatchObject({ state: 'lost', code: null })
    await pass(3_000)
    expect(shown).toMatchObject({ state: 'live', code: { token: 't2' } })
  })

  it('is taken away while a call hangs', async () => {
    responses = [async () => code(1), never]
    rotation.start()
    await pass(12_100)
    expect(shown).toMatchObject({ state: 'lost', code: null })
  })

  it('is not shown when the response took longer than it is valid', async () => {
    const slow = () => new Promise<ReturnType<typeof code>>((resolve) => setTimeout(() => resolve(code(1)), 13_000))
    responses = [slow, async () => code(2)]
    rotation.start()
    await pass(13_000)
    expect(shown).toMatchObject({ state: 'lost', code: null })
    await pass(600)
    expect(shown.code?.token).toBe('t2')
  })

  it('is taken away at once when the page leaves the screen, and a response under way is dropped', async () => {
    let respond: (c: ReturnType<typeof code>) => void = () => {}
    responses = [async () => code(1), () => new Promise((resolve) => (respond = resolve))]
    rotation.start()
    await pass(10_000)
    rotation.stop()
    expect(shown.code).toBeNull()
    respond(code(2))
    await pass(0)
    expect(shown.code).toBeNull()
  })

  it('is not asked for again when the session has ended', async () => {
    const ended: ApiError = { status: 409, code: 'session_not_open', message: '现在不是签到时间' }
    responses = [() => Promise.reject(ended)]
    rotation.start()
    await pass(60_000)
    expect(shown).toMatchObject({ state: 'ended', error: ended })
    expect(asked).toBe(1)
  })
})

describe('roll calls', () => {
  it('are kept without network, joined, and sent once later', async () => {
    let up = false
    const sent: string[][] = []
    const queue = new RollCallQueue({
      storage: storage(),
      async send(call) {
        if (!up) throw offline
        sent.push(call.pupilIds)
        return { checkedIn: call.pupilIds.length, already: 0 }
      },
    })
    expect(await queue.call('s', 'pupil', ['a', 'b'])).toBeNull()
    expect(await queue.call('s', 'pupil', ['b', 'c'])).toBeNull()
    expect(await queue.call('s', 'guardian', ['a'])).toBeNull()
    expect(queue.waiting('s', 'pupil')).toEqual(['a', 'b', 'c'])
    expect(await queue.flush()).toEqual([])
    up = true
    const outcomes = await queue.flush()
    expect(outcomes.map((o) => o.result?.checkedIn)).toEqual([3, 1])
    expect(sent).toEqual([['a', 'b', 'c'], ['a']])
    expect(queue.waiting('s', 'pupil')).toEqual([])
    expect(await queue.flush()).toEqual([])
  })

  it('that are refused are reported and dropped, those that the server could not handle stay', async () => {
    let error: ApiError = offline
    const queue = new RollCallQueue({ storage: storage(), send: () => Promise.reject(error) })
    await queue.call('s', 'pupil', ['a'])
    error = { status: 503, code: 'unavailable', message: '' }
    expect(await queue.flush()).toEqual([])
    expect(queue.waiting('s', 'pupil')).toEqual(['a'])
    error = { status: 403, code: 'host_only', message: '只有主持人' }
    expect((await queue.flush()).map((o) => o.error?.code)).toEqual(['host_only'])
    expect(queue.waiting('s', 'pupil')).toEqual([])
    await expect(queue.call('s', 'pupil', ['a'])).rejects.toBe(error)
    expect(queue.waiting('s', 'pupil')).toEqual([])
  })

  it('of more than 500 go in several calls, and what the server has is not kept', async () => {
    const sizes: number[] = []
    let up = false
    const queue = new RollCallQueue({
      storage: storage(),
      async send(call) {
        if (sizes.length === 1 && !up) throw offline
        sizes.push(call.pupilIds.length)
        return { checkedIn: call.pupilIds.length, already: 0 }
      },
    })
    const all = Array.from({ length: 620 }, (_, i) => `p${i}`)
    expect(await queue.call('s', 'pupil', all)).toBeNull()
    expect(sizes).toEqual([500])
    expect(queue.waiting('s', 'pupil')).toEqual(all.slice(500))
    expect(await queue.call('s', 'pupil', all)).toBeNull()
    up = true
    expect((await queue.flush()).map((o) => o.result)).toEqual([{ checkedIn: 620, already: 0 }])
    expect(sizes).toEqual([500, 500, 120])
    expect(queue.waiting('s', 'pupil')).toEqual([])
  })

  it('are of no use a week later', async () => {
    let now = 0
    const queue = new RollCallQueue({ storage: storage(), send: () => Promise.reject(offline), now: () => now })
    await queue.call('s', 'pupil', ['a'])
    now = 7 * 24 * 3600 * 1000
    expect(queue.waiting('s', 'pupil')).toEqual([])
  })
})

describe('the week', () => {
  it('begins on Monday, also across months and on a Sunday', () => {
    expect(weekOf('2026-11-25')[0]).toBe('2026-11-23')
    expect(weekOf('2026-11-29')[0]).toBe('2026-11-23')
    expect(weekOf('2026-12-01')).toEqual(['2026-11-30', '2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05', '2026-12-06'])
  })

  it('puts bookings on their day in Shanghai, in the order of time', () => {
    const at = (startsAt: string) => ({ startsAt })
    const days = layOut(weekOf('2026-11-25'), [at('2026-11-24T17:00:00Z'), at('2026-11-24T01:00:00Z'), at('2026-11-24T16:30:00Z'), at('2026-12-01T01:00:00Z')])
    expect(days[1]).toMatchObject({ weekday: '周二', date: '11月24日', items: [at('2026-11-24T01:00:00Z')] })
    expect(days[2].items).toEqual([at('2026-11-24T16:30:00Z'), at('2026-11-24T17:00:00Z')])
    expect(days.flatMap((d) => d.items)).toHaveLength(3)
  })
})

describe('openings', () => {
  it('give as many slots as fit with the pauses between them', () => {
    expect(starts({ startMinute: 930, endMinute: 1050, slotMinutes: 30, bufferMinutes: 10 }).map(clockOf)).toEqual(['15:30', '16:10', '16:50'])
    expect(starts({ startMinute: 930, endMinute: 960, slotMinutes: 30, bufferMinutes: 60 })).toEqual([930])
    expect(openingFault({ startMinute: 930, endMinute: 950, slotMinutes: 30, bufferMinutes: 0 })).toContain('不够')
    expect(openingFault({ startMinute: 930, endMinute: 930, slotMinutes: 30, bufferMinutes: 0 })).toContain('晚于')
    expect(openingFault({ startMinute: 930, endMinute: 960, slotMinutes: 30, bufferMinutes: 0 })).toBe('')
  })

  it('cross midnight as a night shift, not by a slip of the hand', () => {
    const night = { startMinute: 1230, endMinute: endAfter(1230, 180), slotMinutes: 60, bufferMinutes: 0 }
    expect(openingFault(night)).toBe('')
    expect(starts(night).map(clockOf)).toEqual(['20:30', '21:30', '22:30', '23:30', '次日00:30', '次日01:30'])
    expect(endAfter(1230, 0)).toBe(1440)
    expect(openingFault({ ...night, startMinute: 600, endMinute: endAfter(600, 540) })).toContain('晚于')
  })

  it('say lengths in words', () => {
    expect([0, 30, 60, 90, 1440, 2880].map(lengthWords)).toEqual(['随时', '30 分钟', '1 小时', '1 小时 30 分钟', '1 天', '2 天'])
    expect(minuteOf('09:05')).toBe(545)
    expect(['15:32', '15:33', '23:59'].map(onGrid)).toEqual(['15:30', '15:35', '23:55'])
    expect(clockOf(1440)).toBe('24:00')
    expect(clockOf(1620)).toBe('次日03:00')
  })
})

describe('the calendar', () => {
  it('shows holidays in a row as one, and each working day alone', () => {
    const day = (date: string, kind: 'holiday' | 'working', name = '国庆节', weekday?: number) => ({ date, kind, name, weekday })
    const shown = groupDays([day('2026-10-10', 'working', '国庆节', 3), day('2026-10-02', 'holiday'), day('2026-10-01', 'holiday'), day('2026-10-03', 'holiday', '中秋节')])
    expect(shown.map((s) => [s.name, s.words, s.count, s.weekday])).toEqual([
      ['国庆节', '10月1日 周四 到 10月2日 周五', 2, undefined],
      ['中秋节', '10月3日 周六', 1, undefined],
      ['国庆节', '10月10日 周六', 1, 3],
    ])
  })
})

describe('the plan of a session', () => {
  const plan = { mode: 'offline' as const, place: '报告厅', joinUrl: '', day: '2026-11-25', from: '15:30', lastDay: '2026-11-25', to: '16:30' }

  it('is in Shanghai time', () => {
    expect(times(plan)).toEqual({ startsAt: '2026-11-25T07:30:00.000Z', endsAt: '2026-11-25T08:30:00.000Z' })
    expect(planOf({ mode: 'offline', place: '报告厅', startsAt: '2026-11-25T07:30:00Z', endsAt: '2026-11-25T08:30:00Z' })).toEqual(plan)
  })

  it('begins with the next full hour, or out of hours with the next afternoon', () => {
    expect(newPlan(Date.parse('2026-11-25T07:10:00Z'))).toMatchObject({ day: '2026-11-25', from: '16:00', to: '17:00' })
    expect(newPlan(Date.parse('2026-11-25T14:30:00Z'))).toMatchObject({ day: '2026-11-26', from: '15:30', to: '16:30' })
    expect(newPlan(Date.parse('2026-11-25T15:30:00Z'))).toMatchObject({ day: '2026-11-26', from: '15:30' })
    expect(newPlan(Date.parse('2026-11-25T17:30:00Z'))).toMatchObject({ day: '2026-11-26', from: '15:30' })
  })

  it('says what is missing', () => {
    expect(faultOf(plan)).toBe('')
    expect(faultOf({ ...plan, to: '15:30' })).toContain('结束时间')
    expect(faultOf({ ...plan, place: ' ' })).toContain('地点')
    expect(faultOf({ ...plan, mode: 'online', joinUrl: 'http://meeting.example.com' })).toContain('https')
    expect(faultOf({ ...plan, mode: 'online', joinUrl: 'https://meeting.example.com/1' })).toBe('')
    expect(faultOf({ ...plan, mode: 'home_visit', place: '' })).toBe('')
  })

  it('sends only what its mode has', () => {
    expect(bodyOf({ ...plan, joinUrl: 'https://x.example.com' })).toMatchObject({ place: '报告厅', joinUrl: undefined })
    expect(bodyOf({ ...plan, mode: 'online', joinUrl: ' https://x.example.com ' })).toMatchObject({ place: undefined, joinUrl: 'https://x.example.com' })
  })
})

describe('coverage', () => {
  it('shows first where help is needed', () => {
    const lines = [
      { name: '甲', roster: 10, covered: 10, rate: 100 },
      { name: '乙', roster: 0, covered: 0, rate: 0 },
      { name: '丙', roster: 10, covered: 5, rate: 50 },
      { name: '丁', roster: 100, covered: 50, rate: 50 },
    ]
    expect(byNeed(lines).map((l) => l.name)).toEqual(['丁', '丙', '甲', '乙'])
    expect([100, 99.9, 60, 59.9].map(gradeOf)).toEqual(['good', 'near', 'near', 'far'])
  })
})

describe('what became of reminding', () => {
  it('is one line, of only what there is to report', () => {
    expect(remindedWords({ reminded: 3, already: 1, unreachable: 2 })).toBe('提醒了 3 家，1 家今天提醒过了，2 家联系不上')
    expect(remindedWords({ reminded: 3, already: 0, unreachable: 0 })).toBe('提醒了 3 家')
    expect(remindedWords({ reminded: 3, already: 1, unreachable: 0, sendsAt: '2027-10-08T00:00:00Z' })).toBe('今天放假，10月8日 周五 08:00 提醒 3 家，1 家今天提醒过了')
    expect(remindedWords({ reminded: 0, already: 0, unreachable: 0 })).toBe('没有要提醒的人')
  })
})

describe('the hub', () => {
  it('shows every section of the roles that somebody has, the most urgent first', () => {
    expect(sectionsOf(['counsellor', 'teacher', 'duty'])).toEqual(['alerts', 'sessions', 'bookings'])
    expect(sectionsOf(['counsellor', 'manager'])).toEqual(['sessions', 'bookings'])
    expect(sectionsOf(['duty'])).toEqual(['alerts'])
    expect(sectionsOf(['volunteer'])).toEqual([])
  })

  it('leads to the pages of all roles, to each once, and to no other', () => {
    const urls = (...roles: string[]) => toolsOf(roles).map((t) => t.url)
    const both = urls('teacher', 'counsellor')
    expect(new Set(both)).toEqual(new Set([...urls('teacher'), ...urls('counsellor')]))
    expect(both.length).toBe(new Set(both).size)
    expect(urls('counsellor')).not.toContain('/work/duty/alerts')
    expect(urls('duty')).toEqual(['/work/duty/alerts', '/work/duty/rota', '/work/duty/calls'])
    expect(urls()).toEqual([])
  })
})

describe('the form that gives a role', () => {
  const good = { code: 'ABCD 2345', name: '王老师', role: 'teacher', days: '' }
  it('is complete with a code, a name and a role', () => {
    expect(grantFault(good)).toBe('')
    expect(grantFault({ ...good, days: '30' })).toBe('')
    for (const missing of ['code', 'name', 'role'] as const) expect(grantFault({ ...good, [missing]: '' })).not.toBe('')
    expect(grantFault({ ...good, code: 'ABCD23' })).toContain('8 位')
    expect(grantFault({ ...good, days: '几天' })).toContain('数字')
  })
  it('asks an inspector for an end within 60 days', () => {
    expect(grantFault({ ...good, role: 'inspector' })).toContain('60')
    expect(grantFault({ ...good, role: 'inspector', days: '61' })).toContain('60')
    expect(grantFault({ ...good, role: 'inspector', days: '60' })).toBe('')
  })
})
