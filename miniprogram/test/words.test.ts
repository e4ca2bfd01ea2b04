import { describe, expect, it } from 'vitest'
import { paragraphs, wordsOf } from '@/lib/prose'
import { addDays, clock, dayOf, dayWords, left, mediaTime, span, startOfDay, termBefore, termOf, termWords } from '@/lib/time'

const now = Date.parse('2026-11-24T02:00:00Z') // 10:00 in Shanghai

describe('the words of an address', () => {
  it('are read whether or not they were decoded before', () => {
    expect([wordsOf('%E5%AE%89'), wordsOf('安'), wordsOf('100%'), wordsOf(undefined)]).toEqual(['安', '安', '100%', ''])
  })
})

describe('times', () => {
  it('are those of Shanghai', () => {
    expect(dayOf('2026-11-24T16:30:00Z')).toBe('2026-11-25')
    expect(clock('2026-11-24T16:05:00Z')).toBe('00:05')
    expect(startOfDay('2026-11-25')).toBe('2026-11-24T16:00:00.000Z')
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(termOf(Date.parse('2026-06-30T16:00:00Z'))).toBe('2026H2')
    expect(termOf(Date.parse('2026-06-30T15:59:59Z'))).toBe('2026H1')
  })
  it('are said as people say them', () => {
    expect(dayWords('2026-11-24T15:59:00Z', now)).toBe('今天 11月24日 周二')
    expect(dayWords('2026-11-24T16:00:00Z', now)).toBe('明天 11月25日 周三')
    expect(dayWords('2026-12-01T04:00:00Z', now)).toBe('12月1日 周二')
    expect(span('2026-11-24T07:30:00Z', '2026-11-24T08:00:00Z', now)).toBe('今天 11月24日 周二 15:30\u2060–\u206016:00')
    expect(span('2026-11-24T07:30:00Z', '2026-11-25T08:00:00Z', now)).toBe('今天 11月24日 周二 15:30 至 11月25日 16:00')
    expect(left('2026-11-24T02:10:30Z', now)).toBe('还剩 11 分钟')
    expect(left('2026-11-24T05:30:00Z', now)).toBe('还剩 3 小时 30 分钟')
    expect(left('2026-11-24T01:59:00Z', now)).toBe('已过期')
    expect(mediaTime(65.9)).toBe('1:05')
    expect(termWords('2026H2')).toBe('2026年下半年')
    expect(termBefore('2026H2')).toBe('2026H1')
    expect(termBefore('2026H1')).toBe('2025H2')
  })
})

describe('consent texts', () => {
  it('are paragraphs with strong words', () => {
    expect(paragraphs('**为什么**：因为。\n\n第二段')).toEqual([
      [
        { text: '为什么', strong: true },
        { text: '：因为。', strong: false },
      ],
      [{ text: '第二段', strong: false }],
    ])
  })
})
