import { describe, expect, it } from 'vitest'
import type { Schema } from '@/api/types'
import { canReopen, chronicle, countdown, inOrder, isOverdue, keepable, overdueWords, pauses, stepWords } from '@/work/lib/alerts'
import { Bell } from '@/work/lib/bell'
import { layersOf, minutesWords, newOverride, overrideFault, overrideOf, shiftFault, shiftsOf, shiftWords, timesFault } from '@/work/lib/rota'

describe('alerts', () => {
  const at = (dueAt: string, acknowledgedAt?: string, raisedAt = dueAt) => ({ dueAt, raisedAt, acknowledgedAt })

  it('stand with the most pressing on top', () => {
    const list = [at('2026-11-25T10:00:00Z'), at('2026-11-25T07:00:00Z', '2026-11-25T06:00:00Z'), at('2026-11-25T08:00:00Z'), at('2026-11-25T09:00:00Z', '2026-11-25T06:00:00Z')]
    expect(inOrder(list)).toEqual([list[2], list[0], list[3], list[1]])
  })

  it('are overdue from the minute on, unless someone took them', () => {
    const now = Date.parse('2026-11-25T10:00:00Z')
    expect(isOverdue(at('2026-11-25T10:00:00Z'), now)).toBe(true)
    expect(isOverdue(at('2026-11-25T10:00:01Z'), now)).toBe(false)
    expect(isOverdue(at('2026-11-25T09:00:00Z', '2026-11-25T09:30:00Z'), now)).toBe(false)
    expect(['2026-11-25T10:00:00Z', '2026-11-25T09:48:00Z', '2026-11-25T07:30:00Z', '2026-11-22T10:00:00Z'].map((d) => overdueWords(d, now))).toEqual(['已超时 1 分钟', '已超时 12 分钟', '已超时 2 小时', '已超时 3 天'])
  })

  const told: Schema<'SupportStep'> = { kind: 'tell', at: '2026-11-25T15:05:00Z', outcome: 'told', layer: 1, unitName: '示例小学', to: ['王老师'] }
  const waits: Schema<'SupportStep'> = { kind: 'tell', at: '2026-11-25T15:08:00Z' }
  it('say whom the program told, and that it goes on only once it has told somebody', () => {
    expect(stepWords(told, { steps: [told, waits] })).toBe('23:05 已通知 王老师（示例小学第 1 班）')
    expect(stepWords(waits, { steps: [told, waits] })).toBe('没有人接手，23:08 通知下一位')
    expect(stepWords(waits, { steps: [waits] })).toBe('正在通知值班人员')
    expect(stepWords(waits, { steps: [told, waits], acknowledgedAt: '2026-11-25T15:06:00Z' })).toBe('')
  })

  const alert = { level: 'immediate', status: 'acknowledged', sourceKind: 'booking', raisedAt: '2026-11-25T15:05:00Z', dueAt: '2026-11-25T15:15:00Z', acknowledgedAt: '2026-11-25T15:07:00Z', steps: [told, waits], id: '1', known: true, times: 1, unitId: '2', unitName: '示例小学', late: false } as Schema<'SupportAlert'>
  const entries = [
    { id: '1', kind: 'acknowledged', at: '2026-11-25T15:07:00Z', by: '林老师', withPerson: 'alone', text: '正赶过去' },
    { id: '2', kind: 'contact', at: '2026-11-25T15:09:00Z', by: '林老师', whom: 'guardian' },
    { id: '3', kind: 'decision', at: '2026-11-25T15:20:00Z', by: '林老师', decision: 'no_referral', text: '母亲陪着' },
    { id: '4', kind: 'report', at: '2026-11-25T15:21:00Z', by: '林老师', recipient: 'police', text: '编号 7', happenedAt: '2026-11-25T15:10:00Z' },
    { id: '5', kind: 'reopened', at: '2026-11-25T15:59:00Z', reason: 'silence' },
  ] as Schema<'SupportEntry'>[]
  it('have a chronology of what was written and what the program did, in the order of time', () => {
    expect(chronicle({ alert, entries }).map((l) => [l.words, l.text ?? ''])).toEqual([
      ['收到预警：安全问题答了“有”：说有伤害自己的念头', ''],
      ['已通知 王老师（示例小学第 1 班）', ''],
      ['接手。身边的人：没有人，独自一人', '正赶过去'],
      ['联系家长：没有联系上', ''],
      ['决定：不转介', '母亲陪着'],
      ['强制报告：公安机关', '编号 7'],
      ['接手后没有人按时记录，重新等人接手', ''],
    ])
    expect(chronicle({ alert, entries: [...entries].reverse() }).map((l) => l.at)).toEqual(chronicle({ alert, entries }).map((l) => l.at))
  })

  it('leave on the phone whom to call and nothing that anybody wrote, and nothing once they are closed', () => {
    const sheet = { alert, entries, guardians: [{ accountId: '9', phone: '13800000000' }], teachers: [], officers: [], guardiansWithheld: false } as unknown as Schema<'SupportSheet'>
    const kept = JSON.stringify(keepable(sheet))
    expect(kept).toContain('13800000000')
    for (const words of ['正赶过去', '母亲陪着', '编号 7']) expect(kept).not.toContain(words)
    for (const status of ['in_review', 'closed'] as const) expect(keepable({ ...sheet, alert: { ...alert, status } })).toBeNull()
  })

  it('have a clock that counts down, and then up', () => {
    const now = Date.parse('2026-11-25T15:05:00Z')
    expect(countdown('2026-11-25T15:15:00Z', now)).toEqual({ words: '10:00', over: false })
    expect(countdown('2026-11-25T15:04:29Z', now)).toEqual({ words: '00:31', over: true })
    expect(countdown('2026-11-25T17:04:59Z', now)).toEqual({ words: '1:59:59', over: false })
    expect(countdown('2026-11-28T15:05:00Z', now)).toEqual({ words: '3 天', over: false })
    expect(countdown('2026-11-25T15:05:00Z', now).over).toBe(true)
  })

  it('can be put off by one tap, until a time to come', () => {
    const now = Date.parse('2026-11-25T15:05:00Z')
    expect(pauses(now).map((p) => p.at)).toContain('2026-11-26T00:00:00.000Z')
    for (const p of pauses(now)) expect(Date.parse(p.at)).toBeGreaterThan(now)
  })

  it('are reopened by who took them on, or from above', () => {
    const taken = { id: 'a', unitId: 'class', acknowledgedAt: '2026-11-25T09:30:00Z', acknowledgedBy: 'other' }
    const me = (unitId: string, role = 'duty') => ({ id: 'me', roles: [{ role, unitId }] })
    expect(canReopen(taken, me('county'))).toBe(true)
    expect(canReopen(taken, me('class'))).toBe(false)
    expect(canReopen({ ...taken, acknowledgedBy: 'me' }, me('class'))).toBe(true)
    expect(canReopen({ ...taken, id: undefined }, me('county', 'manager'))).toBe(false)
    expect(canReopen({ ...taken, acknowledgedAt: undefined }, me('county'))).toBe(false)
  })
})

describe('a rota', () => {
  const form = { layer: 1, accountId: 'a', weekdays: [1, 7], from: '20:00', to: '08:00' }
  it('has shifts that may end on the next day, of a day at most', () => {
    expect(shiftsOf(form)).toEqual([1, 7].map((weekday) => ({ layer: 1, accountId: 'a', weekday, startMinute: 1200, minutes: 720 })))
    expect(shiftsOf({ ...form, from: '00:00', to: '00:00' })[0].minutes).toBe(1440)
    expect(shiftsOf(form).map(shiftWords)).toEqual(['周一 20:00–次日08:00', '周日 20:00–次日08:00'])
    expect(shiftFault({ ...form, weekdays: [] })).toContain('星期')
    expect(shiftFault({ ...form, accountId: '' })).toContain('值班人员')
    expect(shiftFault(form)).toBe('')
  })
  it('has overrides in Shanghai time', () => {
    const of = { ...newOverride(Date.parse('2026-11-25T15:30:00Z')), accountId: 'a' }
    expect(overrideOf(of)).toEqual({ layer: 1, accountId: 'a', startsAt: '2026-11-25T16:00:00.000Z', endsAt: '2026-11-26T16:00:00.000Z' })
    expect(overrideFault(overrideOf(of))).toBe('')
    expect(overrideFault(overrideOf({ ...of, lastDay: of.day }))).toContain('结束')
    expect(overrideFault(overrideOf({ ...of, lastDay: '2027-11-26' }))).toContain('92')
    expect(overrideFault(overrideOf({ ...of, accountId: '' }))).toContain('替班')
  })
  it('is shown by its layers, each from Monday on', () => {
    const shifts = [...shiftsOf({ ...form, layer: 2 }), ...shiftsOf({ ...form, weekdays: [3, 1] })]
    expect(layersOf({ shifts, overrides: [] }).map((l) => [l.layer, l.shifts.map((s) => s.weekday)])).toEqual([[1, [1, 3]], [2, [1, 7]]])
  })
  it('has times in minutes, of which the next person is not told after the deadline', () => {
    expect(timesFault({ deadline: '10', patience: '3', quiet: '30' })).toBe('')
    expect(timesFault({ deadline: '10', patience: '11', quiet: '30' })).toContain('时限')
    expect(timesFault({ deadline: '10', patience: '3', quiet: '4' })).toContain('5')
    for (const bad of ['', '-1', '十', '1.5']) expect(timesFault({ deadline: bad, patience: '3', quiet: '30' })).toContain('分钟')
    expect([10, 120, 4320].map(minutesWords)).toEqual(['10 分钟', '2 小时', '3 天'])
  })
})

describe('the bell', () => {
  const waits = (id?: string, dueAt = '2026-11-25T15:15:00Z', status: Schema<'SupportAlert'>['status'] = 'raised') => ({ id, dueAt, status })
  it('rings once for each alert that comes, and again where one is raised again', () => {
    const bell = new Bell()
    expect(bell.hears([waits('1')])).toBe(false) // it is on the screen that was just opened
    expect(bell.hears([waits('1')])).toBe(false)
    expect(bell.hears([waits('2'), waits('1')])).toBe(true)
    expect(bell.hears([waits('1'), waits('2')])).toBe(false)
    expect(bell.hears([])).toBe(false)
    expect(bell.hears([waits('1')])).toBe(false)
    expect(bell.hears([waits('1', '2026-11-25T16:15:00Z')])).toBe(true)
  })
  it('does not ring for what somebody has, nor for managers', () => {
    const bell = new Bell()
    expect(bell.hears([])).toBe(false)
    expect(bell.hears([waits('1', undefined, 'acknowledged'), waits(undefined)])).toBe(false)
  })
})
