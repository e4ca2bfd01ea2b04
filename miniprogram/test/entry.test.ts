import { describe, expect, it } from 'vitest'
import { choiceOf, nextStep, loginMethodOf } from '@/platform/entry'

const wechat = 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49'
const at = { search: '', hash: '#/pages/lessons/index?side=pupil', userAgent: wechat, chosen: '', leftAt: 0, now: 1_000_000 }

describe('how a browser logs in', () => {
  it('is what the server names in the page, and a demo where it names nothing', () => {
    expect([loginMethodOf('demo'), loginMethodOf('officialAccount'), loginMethodOf('none'), loginMethodOf('anything'), loginMethodOf(''), loginMethodOf(null), loginMethodOf(undefined)]).toEqual([
      'demo', 'officialAccount', 'none', 'none', 'none', 'demo', 'demo',
    ])
  })

  it('lets people choose in a demo only', () => {
    expect(nextStep('demo', at)).toEqual({ kind: 'choose' })
    expect(nextStep('demo', { ...at, chosen: 'demo-parent' })).toEqual({ kind: 'code', code: 'demo-parent', channel: 'miniProgram' })
    expect(nextStep('demo', { ...at, search: '?code=demo-pupil', chosen: 'demo-parent' })).toEqual({ kind: 'code', code: 'demo-pupil', channel: 'miniProgram' })
    const back = { ...at, search: '?code=c1&channel=officialAccount', chosen: 'demo-parent' }
    expect(nextStep('demo', back)).toEqual({ kind: 'code', code: 'c1', channel: 'officialAccount' })
    for (const method of ['officialAccount', 'none'] as const) {
      expect(nextStep(method, { ...at, chosen: 'demo-parent', userAgent: 'Firefox' })).toMatchObject({ kind: 'stuck', code: 'open_in_wechat' })
    }
  })

  it('is sent to WeChat and comes back to the same page with a code', () => {
    expect(nextStep('officialAccount', at)).toEqual({ kind: 'redirect', url: '/wechat/oauth?to=%2Fm%2F%23%2Fpages%2Flessons%2Findex%3Fside%3Dpupil' })
    expect(nextStep('officialAccount', { ...at, search: '?code=c1&channel=officialAccount', leftAt: at.now - 1 })).toEqual({ kind: 'code', code: 'c1', channel: 'officialAccount' })
  })

  it('takes no code that did not come from there, and is never sent in a loop', () => {
    expect(nextStep('officialAccount', { ...at, search: '?code=demo-parent', chosen: 'demo-parent' }).kind).toBe('redirect')
    expect(nextStep('officialAccount', { ...at, leftAt: at.now - 1_000 })).toMatchObject({ kind: 'stuck', code: 'login_failed' })
    expect(nextStep('officialAccount', { ...at, leftAt: at.now - 60_000 }).kind).toBe('redirect')
  })
})

describe('what a person says to messages', () => {
  it('is a yes with a sound or a reminder too; what WeChat bans or filters is a no', () => {
    const answers = { a: 'accept', b: 'acceptWithAlert', c: 'acceptWithAudio', d: 'reject', e: 'ban', f: 'filter', errMsg: 'ok' }
    expect(choiceOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'], answers)).toEqual({ accepted: ['a', 'b', 'c'], refused: ['d', 'e', 'f'] })
  })
})
