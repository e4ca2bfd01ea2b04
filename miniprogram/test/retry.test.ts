import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { offline, toApiError } from '@/api/error'
import { nextTurn } from '@/lib/lectures'
import { persist, retrying } from '@/lib/retry'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('what waits', () => {
  it('is tried again with longer and longer pauses until it is sent, and by one timer', async () => {
    let waiting = 2
    const tries: number[] = []
    const start = Date.now()
    const plan = retrying(
      () => waiting,
      async () => {
        tries.push((Date.now() - start) / 1000)
        if (tries.length === 6) waiting = 0
      },
    )
    plan()
    plan()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(tries).toEqual([4, 12, 28, 60, 120, 180])
    waiting = 1
    plan()
    await vi.advanceTimersByTimeAsync(4000)
    expect(tries).toHaveLength(7)
  })
})

describe('what can not be kept', () => {
  it('is sent again for a while', async () => {
    let failures = 2
    const sent = persist(15_000, async () => {
      if (failures-- > 0) throw toApiError(503, null)
      return 'sent'
    })
    await vi.advanceTimersByTimeAsync(15_000)
    expect(await sent).toBe('sent')
  })
  it('is given up after that, at once where it is refused, and where the server wants a longer wait', async () => {
    for (const [error, tries] of [[offline, 5], [toApiError(422, { code: 'code_invalid' }), 1], [toApiError(429, { code: 'too_many_guesses', retryAfterSeconds: 900 }), 1]] as const) {
      let tried = 0
      const sent = persist(15_000, async () => {
        tried++
        throw error
      }).catch((e: unknown) => e)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await sent).toBe(error)
      expect(tried).toBe(tries)
    }
  })
})

describe('the page of a session', () => {
  const at = (minutes: number) => new Date(minutes * 60_000).toISOString()
  const session = (status: 'scheduled' | 'open' | 'ended' | 'cancelled') => ({ status, startsAt: at(100), endsAt: at(140) })
  it('asks again when check-ins begin and end', () => {
    expect(nextTurn(session('scheduled'), 84.5 * 60_000)).toBe(30_500)
    expect(nextTurn(session('scheduled'), 85 * 60_000)).toBe(5000) // the phone is a little ahead of the server
    expect(nextTurn(session('scheduled'), 80 * 60_000)).toBe(60_000)
    expect(nextTurn(session('scheduled'), 15 * 60_000)).toBe(60 * 60_000 + 500)
    expect(nextTurn(session('open'), 100 * 60_000)).toBe(40 * 60_000 + 500)
    expect(nextTurn(session('open'), 141 * 60_000)).toBe(60_000)
  })
  it('does not where nothing changes any more', () => {
    expect(nextTurn(session('ended'), 0)).toBeNull()
    expect(nextTurn(session('cancelled'), 0)).toBeNull()
  })
})
